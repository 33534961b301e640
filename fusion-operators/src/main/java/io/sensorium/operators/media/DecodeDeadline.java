// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

/** How long decoding one record may still take. Safe for several threads. */
final class DecodeDeadline {

    private final MediaLimits limits;
    private final String format;
    private final Deadline end;

    /**
     * Starts now.
     *
     * @param format of the content, for the message
     */
    DecodeDeadline(MediaLimits limits, String format) {
        this.limits = limits;
        this.format = format;
        this.end = Deadline.after(limits.maxDecode());
    }

    boolean over() {
        return end.passed();
    }

    /** @throws MediaException TOO_LARGE once the time is over */
    void check() throws MediaException {
        if (over()) {
            throw limits.tookTooLong(format);
        }
    }
}
