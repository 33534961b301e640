// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.job.moderation.ValueKind;
import io.sensorium.operators.bank.Match;
import io.sensorium.operators.bank.Match.By;
import io.sensorium.results.KnownContent;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is known of a window's events by the bank of known content: {@code bank.match}, {@code .id}, {@code .label},
 * {@code .by} and {@code .distance} of the best match of all events, {@code bank.MODALITY.…} of a modality's. Pure.
 */
final class KnownValues {

    /** The first word of the values' names. */
    static final String NAME = "bank";

    private KnownValues() {}

    /** Adds the kinds of the values. */
    static void kinds(List<String> modalities, Map<String, ValueKind> kinds) {
        kinds(NAME, kinds);
        modalities.forEach(modality -> kinds(NAME + "." + modality, kinds));
    }

    private static void kinds(String prefix, Map<String, ValueKind> kinds) {
        kinds.put(prefix + ".match", ValueKind.FLAG);
        kinds.put(prefix + ".id", ValueKind.TEXT);
        kinds.put(prefix + ".label", ValueKind.TEXT);
        kinds.put(prefix + ".by", ValueKind.TEXT);
        kinds.put(prefix + ".distance", ValueKind.NUMBER);
    }

    /** Adds the values of events. */
    static void put(List<String> modalities, List<EncodedEvent> events, Map<String, Object> values) {
        put(NAME, best(events), values);
        for (int i = 0; i < modalities.size(); i++) {
            int modality = i;
            put(
                    NAME + "." + modalities.get(i),
                    best(events.stream()
                            .filter(event -> event.modality() == modality)
                            .toList()),
                    values);
        }
    }

    private static void put(String prefix, KnownItem item, Map<String, Object> values) {
        values.put(prefix + ".match", item != null);
        if (item != null) {
            values.put(prefix + ".id", item.id());
            values.put(prefix + ".label", item.label());
            values.put(prefix + ".by", item.by());
            values.put(prefix + ".distance", item.distance());
        }
    }

    /** The best match of some events; null for none. */
    static KnownItem best(List<EncodedEvent> events) {
        KnownItem best = null;
        for (EncodedEvent event : events) {
            KnownItem item = of(event);
            if (item != null && (best == null || Match.BETTER.compare(match(item), match(best)) < 0)) {
                best = item;
            }
        }
        return best;
    }

    /** What an event's content is known as; null for nothing. */
    static KnownItem of(EncodedEvent event) {
        return event.evidence() == null ? null : event.evidence().known();
    }

    private static Match match(KnownItem item) {
        return new Match(item.id(), item.label(), By.valueOf(item.by().toUpperCase(Locale.ROOT)), item.distance());
    }

    /** As results have it; null for nothing. */
    static KnownContent result(KnownItem item) {
        return item == null ? null : new KnownContent(item.id(), item.label(), item.by(), item.distance());
    }
}
