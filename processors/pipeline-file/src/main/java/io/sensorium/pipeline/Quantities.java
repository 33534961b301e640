// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as a pipeline file has them. Stateless. */
public final class Quantities {

    /**
     * The longest duration that is accepted, ten years: sums and products of a few of them fit 64 bits even in
     * nanoseconds.
     */
    public static final Duration MAX_DURATION = Duration.ofDays(3_650);

    static final String LONGEST = MAX_DURATION.toDays() + "d";

    /** The largest size that is accepted, 1 TiB, in bytes. */
    public static final long MAX_SIZE = 1L << 40;

    private static final Pattern DURATION = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(B|KiB|MiB|GiB)");
    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
    private static final Map<String, Long> BYTES = Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Quantities() {}

    /** A duration or size is well-formed but too large, or negative; the message names the limit. */
    static final class OutOfRangeException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        OutOfRangeException(String limit) {
            super(limit);
        }
    }

    /**
     * A duration such as {@code 250ms}.
     *
     * @throws IllegalArgumentException when the text is not a duration, or is longer than {@link #MAX_DURATION}
     */
    public static Duration duration(String text) {
        return Duration.ofMillis(scaled(DURATION, MILLIS, MAX_DURATION.toMillis(), LONGEST, text));
    }

    /**
     * A size such as {@code 8MiB}, in bytes.
     *
     * @throws IllegalArgumentException when the text is not a size, or is larger than {@link #MAX_SIZE}
     */
    public static long size(String text) {
        return scaled(SIZE, BYTES, MAX_SIZE, (MAX_SIZE >> 30) + "GiB", text);
    }

    /** A duration as a file would have it, such as {@code 1d}: in the largest unit of which it is a whole number. */
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        return MILLIS.entrySet().stream()
                .filter(unit -> millis % unit.getValue() == 0)
                .max(Map.Entry.comparingByValue())
                .map(unit -> millis / unit.getValue() + unit.getKey())
                .orElseThrow();
    }

    private static long scaled(Pattern pattern, Map<String, Long> units, long most, String limit, String text) {
        if (text.equals("0")) {
            return 0;
        }
        String value = text.strip();
        boolean negative = value.startsWith("-");
        Matcher matcher = pattern.matcher(negative ? value.substring(1) : value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        if (negative) {
            throw new OutOfRangeException("not less than 0");
        }
        // The patterns bound the digits, so the product has at most 21 of them, but it need not fit a long.
        BigDecimal quantity =
                new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(units.get(matcher.group(2))));
        if (quantity.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw new OutOfRangeException("at most " + limit);
        }
        return quantity.longValue();
    }
}
