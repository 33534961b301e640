package io.sensorium.job.align;

/** What makes two records the same event. */
record EventKey(int modality, String eventId) {

    static EventKey of(AlignedEvent event) {
        return new EventKey(event.modality(), event.eventId());
    }
}
