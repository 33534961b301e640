// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import java.util.Map;

/**
 * One event to send.
 *
 * @param sendAt when it is sent, in ms from the start
 * @param happenedAt its event time, in ms from the start
 * @param modality image, text or audio
 * @param payload the media's bytes, or null for text
 * @param text the text, or null for media
 * @param corrupt whether the payload is sent as it is, in no wire format
 */
public record ReplayEvent(
        long sendAt,
        long happenedAt,
        String modality,
        String subject,
        String eventId,
        String contentType,
        byte[] payload,
        String text,
        boolean corrupt,
        Map<String, String> attributes) {

    /** The same event of another lap: its subject and id get a suffix, its times are moved. */
    public ReplayEvent inLap(int lap, long lapLength) {
        return lap == 0
                ? this
                : new ReplayEvent(
                        sendAt + lap * lapLength,
                        happenedAt + lap * lapLength,
                        modality,
                        subject + "-" + (lap + 1),
                        eventId + "-" + (lap + 1),
                        contentType,
                        payload,
                        text,
                        corrupt,
                        attributes);
    }
}
