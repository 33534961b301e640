// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.EventMapping.Property;
import io.sensorium.job.config.EventMapping.Time;
import io.sensorium.job.config.EventMapping.TimeUnit;
import io.sensorium.pipeline.ConfigNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Whether event times are of the unit that they are read in: seconds read as milliseconds are times of 1970. Pure. */
public final class EventTimes {

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Duration AHEAD = Duration.ofDays(1);

    /** Powers of ten from a unit to milliseconds. */
    private static final Map<TimeUnit, Integer> SHIFTS =
            new EnumMap<>(Map.of(TimeUnit.EPOCH_SECONDS, 3, TimeUnit.EPOCH_MILLIS, 0, TimeUnit.EPOCH_MICROS, -3));

    private EventTimes() {}

    /** Powers of ten from a unit of numbers to milliseconds. */
    static int shift(TimeUnit unit) {
        return SHIFTS.get(unit);
    }

    /**
     * The field in a message, with where it is and how it is read; {@code mapped} is null for this project's events.
     */
    public static String name(Time mapped) {
        return mapped == null
                ? "event_time"
                : "event_time (" + mapped.from() + ", as: " + ConfigNode.hyphenated(mapped.as()) + ")";
    }

    /**
     * What makes a time doubtful: it is before 2000, or more than a day ahead of when the record was written.
     *
     * @param time in ms, without the clock offset
     * @param written the record's timestamp in ms
     * @param now ms, in place of a timestamp that is doubtful itself
     * @param mapped where the time comes from; null for this project's events
     */
    public static Optional<String> doubt(long time, long written, long now, Time mapped) {
        long latest = latest(written, now);
        if (time >= EARLIEST.toEpochMilli() && time <= latest) {
            return Optional.empty();
        }
        String what = time < EARLIEST.toEpochMilli()
                ? "before 2000"
                : "more than a day ahead of " + Instant.ofEpochMilli(latest - AHEAD.toMillis());
        return Optional.of(
                name(mapped) + " is " + Instant.ofEpochMilli(time) + ", " + what + otherUnit(time, latest, mapped));
    }

    /**
     * {@code "; as epoch-seconds it would be ..."} where a time that is refused would do in another unit; else empty.
     */
    public static String otherUnit(long time, long written, long now, Time mapped) {
        return otherUnit(time, latest(written, now), mapped);
    }

    private static String otherUnit(long time, long latest, Time mapped) {
        TimeUnit as = mapped == null ? TimeUnit.EPOCH_MILLIS : mapped.as();
        return SHIFTS.containsKey(as)
                ? otherUnit(BigDecimal.valueOf(time).scaleByPowerOfTen(-shift(as)), latest, mapped)
                : "";
    }

    /** @param number as the record has it */
    static String otherUnit(BigDecimal number, long written, long now, Time mapped) {
        return otherUnit(number, latest(written, now), mapped);
    }

    private static String otherUnit(BigDecimal number, long latest, Time mapped) {
        TimeUnit as = mapped == null ? TimeUnit.EPOCH_MILLIS : mapped.as();
        if (mapped != null && mapped.from() == Property.TIMESTAMP) {
            return "";
        }
        for (Map.Entry<TimeUnit, Integer> other : SHIFTS.entrySet()) {
            BigDecimal millis = number.scaleByPowerOfTen(other.getValue());
            if (other.getKey() != as && isPlausible(millis, latest)) {
                String unit = ConfigNode.hyphenated(other.getKey());
                return "; as " + unit + " it would be " + Instant.ofEpochMilli(millis.longValue())
                        + (mapped == null ? ": send milliseconds since the epoch" : ": set event_time.as: " + unit);
            }
        }
        return "";
    }

    private static long latest(long written, long now) {
        long reference = written < EARLIEST.toEpochMilli() || written > now + AHEAD.toMillis() ? now : written;
        return reference + AHEAD.toMillis();
    }

    private static boolean isPlausible(BigDecimal millis, long latest) {
        // Not exactly: to compare with a huge exponent, BigDecimal would write it out.
        double time = millis.doubleValue();
        return time >= EARLIEST.toEpochMilli() && time <= latest;
    }
}
