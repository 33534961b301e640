// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import io.sensorium.job.operator.BoundOperator;
import io.sensorium.job.operator.HeadBinding;
import io.sensorium.job.operator.Operator;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.operators.pack.PackedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Encoders that a head takes, in place of those that a pipeline lacks: with them the head can be tried, so that what is
 * wrong with it is known together with what is wrong with the encoders.
 */
final class AssumedEncoders {

    /** Combinations that are tried; more than three missing encoders of a head with ten. */
    private static final int MOST = 1000;

    private AssumedEncoders() {}

    /**
     * Binds a head to a pipeline's encoders and assumed ones.
     *
     * @param modalities the pipeline's, by name
     * @param encoders by modality; null where there is none. Where none is null, every encoder is assumed: the head
     *     does not fit the pipeline's own
     * @return the encoders, complete, with the operator; empty where the head fits no encoders
     */
    static Optional<Bound> bind(
            Operator operator,
            PackedModel head,
            List<String> modalities,
            ModelCatalog catalog,
            List<PackedModel> encoders) {
        List<PackedModel> candidates = candidates(head, catalog);
        List<Integer> open = IntStream.range(0, encoders.size())
                .filter(i -> encoders.get(i) == null || !encoders.contains(null))
                .boxed()
                .toList();
        double all = Math.pow(candidates.size(), open.size());
        for (int combination = 0; combination < Math.min(all, MOST); combination++) {
            List<PackedModel> assumed = new ArrayList<>(encoders);
            int rest = combination;
            for (int i = open.size() - 1; i >= 0; i--) {
                assumed.set(open.get(i), candidates.get(rest % candidates.size()));
                rest /= candidates.size();
            }
            Optional<BoundOperator> bound =
                    operator.bind(head, new HeadBinding(modalities, catalog, assumed, new ArrayList<>()));
            if (bound.isPresent()) {
                return Optional.of(new Bound(assumed, bound.get()));
            }
        }
        return Optional.empty();
    }

    /** @param encoders by modality, some of them assumed */
    record Bound(List<PackedModel> encoders, BoundOperator operator) {}

    /** Of a head with slots their encoders; of a graph without, embeddings as long as its inputs. */
    private static List<PackedModel> candidates(PackedModel head, ModelCatalog catalog) {
        List<PackedModel> candidates = new ArrayList<>();
        for (Slot slot : head.manifest().slots()) {
            for (String encoder : slot.encoders()) {
                candidates.add(
                        catalog.find(encoder).orElseGet(() -> PackedModel.ofEmbeddings(slot.dimension(), encoder)));
            }
        }
        if (candidates.isEmpty()) {
            head.manifest().graphs().values().stream()
                    .map(GraphSpec::inputs)
                    .filter(Objects::nonNull)
                    .flatMap(inputs -> inputs.values().stream())
                    .filter(shape -> shape.length == 2 && shape[1] > 0 && shape[1] <= Integer.MAX_VALUE)
                    .mapToInt(shape -> (int) shape[1])
                    .distinct()
                    .forEach(length -> candidates.add(PackedModel.ofEmbeddings(length, "")));
        }
        return candidates;
    }
}
