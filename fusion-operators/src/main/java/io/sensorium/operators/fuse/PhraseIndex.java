// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.fuse;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Embeddings of phrase banks. A process encodes a bank once, however many subtasks ask for it. */
public final class PhraseIndex {

    /** @param encoder SHA-256 of the encoder */
    private record Key(String encoder, List<String> phrases) {}

    private static final Map<Key, List<float[]>> BANKS = new ConcurrentHashMap<>();

    private PhraseIndex() {}

    /**
     * Encodes a bank, or gives what was encoded before. Callable from any thread; the first call for a bank takes a few
     * ms a phrase.
     *
     * @return one embedding a phrase, in order; not to be written to
     * @throws PackException when a phrase cannot be encoded
     */
    public static List<float[]> embeddings(PackedModel encoder, List<String> phrases, Device device) {
        return BANKS.computeIfAbsent(new Key(encoder.sha256(), List.copyOf(phrases)), key -> {
            List<float[]> vectors = new ArrayList<>();
            try (Encoder open = Encoder.open(encoder, MediaLimits.DEFAULT, device, 1)) {
                List<Outcome> outcomes = open.encode(phrases.stream()
                        .map(phrase -> (Content) new Content.Text(phrase))
                        .toList());
                for (int i = 0; i < outcomes.size(); i++) {
                    if (!(outcomes.get(i) instanceof Outcome.Encoded encoded)) {
                        throw new PackException("the phrase \"" + phrases.get(i) + "\" cannot be encoded by " + encoder
                                + ": " + outcomes.get(i));
                    }
                    vectors.add(encoded.vector());
                }
            }
            return List.copyOf(vectors);
        });
    }
}
