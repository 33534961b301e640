// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.pipeline;

import io.sensorium.operators.encode.Content;
import io.sensorium.quickstart.replay.ReplayEvent;
import io.sensorium.quickstart.replay.SampleStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The bundled sample's pictures, sounds and sentences, over and over, each time of another subject: subject {@code i}
 * has one event of each modality. Sentences get a number, so that no two are alike. Immutable.
 *
 * @param modalities of a subject, in order
 */
record MediaEvents(
        List<String> modalities, List<ReplayEvent> images, List<ReplayEvent> sounds, List<ReplayEvent> texts) {

    /** Milliseconds of event time between two subjects. */
    static final long STEP_MS = 20;

    static MediaEvents of(List<String> modalities) throws IOException {
        List<ReplayEvent> all = SampleStream.bundled().stream()
                .filter(event -> !event.corrupt()
                        && !event.subject().startsWith("broken")
                        && !event.eventId().contains("cut"))
                .toList();
        return new MediaEvents(
                modalities,
                media(all, "image"),
                media(all, "audio"),
                all.stream()
                        .filter(event -> event.modality().equals("text")
                                && event.text() != null
                                && !event.text().isBlank())
                        .toList());
    }

    /** Files of the modality that its encoder takes; the sample has broken ones too. */
    private static List<ReplayEvent> media(List<ReplayEvent> all, String modality) {
        List<ReplayEvent> media = new ArrayList<>();
        for (ReplayEvent event : all) {
            if (event.modality().equals(modality) && event.payload() != null && event.payload().length > 1_000) {
                media.add(event);
            }
        }
        return media;
    }

    private ReplayEvent original(int subject, String modality) {
        List<ReplayEvent> from = originals(modality);
        return from.get(subject % from.size());
    }

    private List<ReplayEvent> originals(String modality) {
        return modality.equals("image") ? images : modality.equals("audio") ? sounds : texts;
    }

    /** A subject's event. */
    ReplayEvent event(int subject, String modality) {
        ReplayEvent original = original(subject, modality);
        String text = original.text() == null ? null : original.text() + " " + subject;
        return new ReplayEvent(
                0,
                subject * STEP_MS,
                modality,
                "s" + subject,
                modality + "-" + subject,
                original.contentType(),
                original.payload(),
                text,
                false,
                Map.of());
    }

    /** What its encoder takes of it. */
    Content content(int subject, String modality) {
        ReplayEvent event = event(subject, modality);
        return event.text() != null ? new Content.Text(event.text()) : new Content.Media(event.payload());
    }

    /** Bytes of a record's payload, on average. */
    long meanBytes(String modality) {
        return Math.round(originals(modality).stream()
                .mapToLong(event -> event.text() == null
                        ? event.payload().length
                        : event.text().length())
                .average()
                .orElse(0));
    }

    /** Without what an encoder refuses. */
    MediaEvents without(String modality, List<ReplayEvent> refused) {
        List<ReplayEvent> good = new ArrayList<>(modality.equals("image") ? images : sounds);
        good.removeAll(refused);
        return new MediaEvents(
                modalities, modality.equals("image") ? good : images, modality.equals("audio") ? good : sounds, texts);
    }
}
