// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/** What makes two records the same event. */
public record EventKey(int modality, String eventId) {

    public static EventKey of(EncodedEvent event) {
        return new EventKey(event.modality(), event.eventId());
    }
}
