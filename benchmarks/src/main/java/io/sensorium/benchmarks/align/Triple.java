// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import java.nio.charset.StandardCharsets;

/**
 * What every contender writes of a triple, as text.
 *
 * @param number of the triple, which all three event ids name
 * @param sum of the first numbers of the three vectors, so that none goes unread
 * @param readAt wall-clock ms at which the first of the three was read
 * @param emittedAt wall-clock ms
 */
record Triple(int number, float sum, long readAt, long emittedAt) {

    /**
     * A triple put together now.
     *
     * @throws IllegalStateException when the events are not one of each modality of one triple
     */
    static byte[] write(String first, String second, String third, float sum, long readAt) {
        int number = number(first);
        if (number != number(second) || number != number(third)) {
            throw new IllegalStateException(
                    "joined " + first + ", " + second + " and " + third + ", which are not of one triple");
        }
        return (number + "," + sum + "," + readAt + "," + System.currentTimeMillis())
                .getBytes(StandardCharsets.US_ASCII);
    }

    static Triple read(byte[] value) {
        String[] fields = new String(value, StandardCharsets.US_ASCII).split(",");
        return new Triple(
                Integer.parseInt(fields[0]),
                Float.parseFloat(fields[1]),
                Long.parseLong(fields[2]),
                Long.parseLong(fields[3]));
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring(0, id.indexOf('-')));
    }
}
