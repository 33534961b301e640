// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * A window over a subject's events as they are held now.
 *
 * @param start in ms
 * @param end in ms, as it is written
 * @param closeAt the watermark that closes it
 * @param anchor the anchor's event for the nearest strategy, else null
 * @param from index of the first held event inside
 * @param to index after the last
 */
record Window(long start, long end, long closeAt, EncodedEvent anchor, int from, int to) {

    String anchorId() {
        return anchor == null ? "" : anchor.eventId();
    }
}
