// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.config.EventMapping.Property;
import io.sensorium.job.config.EventMapping.Time;
import io.sensorium.job.config.EventMapping.TimeUnit;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EventTimesTest {

    private static final long NOW = Instant.parse("2026-11-28T12:00:00Z").toEpochMilli();

    private static Time as(TimeUnit unit) {
        return new Time(new Path("$.t"), unit);
    }

    private static String doubt(long time, Time mapped) {
        return EventTimes.doubt(time, NOW, NOW, mapped).orElse("");
    }

    @Test
    void secondsReadAsMillisecondsAreNamed() {
        assertThat(doubt(NOW / 1000, as(TimeUnit.EPOCH_MILLIS)))
                .isEqualTo(
                        "event_time ($.t, as: epoch-millis) is 1970-01-21T18:51:07.200Z, before 2000; as epoch-seconds "
                                + "it would be 2026-11-28T12:00:00Z: set event_time.as: epoch-seconds");
        assertThat(doubt(NOW / 1000, null))
                .isEqualTo("event_time is 1970-01-21T18:51:07.200Z, before 2000; as epoch-seconds it would be "
                        + "2026-11-28T12:00:00Z: send milliseconds since the epoch");
    }

    @Test
    void soAreTheOtherUnits() {
        assertThat(doubt(NOW * 1000, as(TimeUnit.EPOCH_MILLIS)))
                .contains("more than a day ahead of 2026-11-28T12:00:00Z; as epoch-micros it would be 2026-11-28T");
        assertThat(doubt(NOW * 1000, as(TimeUnit.EPOCH_SECONDS))).contains("as epoch-millis it would be 2026-11-28T");
        assertThat(doubt(NOW / 1000, as(TimeUnit.EPOCH_MICROS))).contains("as epoch-millis it would be 2026-11-28T");
    }

    @Test
    void timesThatMayBeRightAreNotDoubted() {
        assertThat(doubt(NOW, as(TimeUnit.EPOCH_MILLIS))).isEmpty();
        assertThat(doubt(Instant.parse("2001-01-01T00:00:00Z").toEpochMilli(), null))
                .isEmpty();
        assertThat(doubt(NOW + 3_600_000, null)).isEmpty();
    }

    @Test
    void aTimeThatNoUnitExplainsIsOnlyDoubted() {
        assertThat(doubt(0, as(TimeUnit.EPOCH_MILLIS)))
                .isEqualTo("event_time ($.t, as: epoch-millis) is 1970-01-01T00:00:00Z, before 2000");
        assertThat(doubt(NOW / 1000, as(TimeUnit.ISO_8601))).endsWith("before 2000");
        assertThat(doubt(NOW / 1000, new Time(Property.TIMESTAMP, TimeUnit.EPOCH_MILLIS)))
                .as("the broker's, which has no unit to choose")
                .endsWith("before 2000");
    }

    /** A record of a topic with timestamps in seconds, too. */
    @Test
    void aTimestampThatIsDoubtfulItselfIsNotComparedWith() {
        assertThat(EventTimes.doubt(NOW, 1_000, NOW, null)).isEmpty();
    }
}
