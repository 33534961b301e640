// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.config.Modality.Derivation;
import io.sensorium.job.config.Modality.Derived;
import io.sensorium.pipeline.ConfigNode;
import java.util.List;

/** The {@code derive} section of a modality: further modalities whose events are found in its content. */
final class DeriveSection {

    private static final String TEXT_ENCODER = "text-bge-small-en";

    private DeriveSection() {}

    /**
     * Adds the modalities that are derived from one.
     *
     * @param source the modality's name
     * @param node its section
     * @param modalities those of the file so far, to which the derived ones are added
     */
    static void add(String source, ConfigNode node, List<Modality> modalities) {
        if (!node.has("derive")) {
            return;
        }
        Modality from = find(source, modalities);
        ConfigNode section = node.child("derive");
        if (from.embedding() != null) {
            node.problem(
                    "derive",
                    "is set, but the events bring embeddings and no content to derive anything from; leave it out, or "
                            + "set an encoder in place of embedding");
        }
        for (String name : section.keys()) {
            if (find(name, modalities) != null) {
                section.problem(name, "is the name of a modality already; choose another");
                continue;
            }
            boolean isShort = section.isValue(name);
            ConfigNode own = isShort ? section : section.child(name);
            Derived as = own.hyphenatedChoice(isShort ? name : "as", Derived.class, Derived.TRANSCRIPT);
            modalities.add(new Modality(
                    name,
                    from.topic(),
                    isShort ? textEncoder(modalities) : own.text("encoder", textEncoder(modalities)),
                    from.outOfOrderness(),
                    from.idleTimeout(),
                    from.clockOffset(),
                    null,
                    from.events(),
                    from.schemaSubject(),
                    new Derivation(source, as, isShort ? recognizer(as) : own.text("recognizer", recognizer(as)))));
            if (!isShort) {
                own.refuseUnknown();
            }
        }
    }

    private static String recognizer(Derived as) {
        return switch (as) {
            case TRANSCRIPT -> "speech-moonshine-tiny-en";
            case OCR -> "text-reader-ppocr-v4";
        };
    }

    /** That of the modality {@code text}, whose heads so take derived text too, else the bundled one. */
    private static String textEncoder(List<Modality> modalities) {
        Modality text = find("text", modalities);
        return text == null || text.isDerived() || text.encoder().isEmpty() ? TEXT_ENCODER : text.encoder();
    }

    private static Modality find(String name, List<Modality> modalities) {
        return modalities.stream()
                .filter(modality -> modality.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
