// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The output of an encoder's graph {@code model} that is its embedding.
 *
 * @param name of the output
 * @param states whether it is hidden states, {@code [batch, tokens, width]}, which are pooled to the embedding; else it
 *     is the embedding
 */
record EmbeddingOutput(String name, boolean states) {

    /**
     * The output that the manifest names, or the only one that can be an embedding of this length.
     *
     * @param width the embedding's length, without parts and without what a second graph adds
     * @param other a side output that is no embedding, or an empty text
     * @param meanPooling whether the mean of hidden states is asked for
     * @param problems filled where the named output has another length, or none or several of the outputs fit
     * @return null where there is a problem
     */
    static EmbeddingOutput of(
            ModelManifest manifest, int width, String other, boolean meanPooling, List<String> problems) {
        GraphSpec graph = manifest.graphs().get("model");
        Map<String, long[]> outputs = new TreeMap<>(graph.outputs());
        outputs.remove(other);
        String named = manifest.output() != null
                ? manifest.output()
                : outputs.size() == 1
                        ? outputs.keySet().iterator().next()
                        : outputs.containsKey("embedding") && fits(outputs.get("embedding"), width)
                                ? "embedding"
                                : null;
        if (named != null) {
            long[] shape = graph.outputs().get(named);
            if (!fits(shape, width)) {
                problems.add(manifest.id() + ": output " + named + " is " + Arrays.toString(shape)
                        + ", expected [-1, " + width + "] or hidden states [-1, tokens, " + width
                        + "], because dimension is " + manifest.dimension()
                        + "; correct dimension, or name another output with output:");
                return null;
            }
            return new EmbeddingOutput(named, isStates(shape, width));
        }
        List<String> candidates = outputs.keySet().stream()
                .filter(name -> fits(outputs.get(name), width))
                .filter(name -> !meanPooling || isStates(outputs.get(name), width))
                .toList();
        if (candidates.size() != 1) {
            List<String> shapes = outputs.entrySet().stream()
                    .map(output -> output.getKey() + " " + Arrays.toString(output.getValue()))
                    .toList();
            problems.add(manifest.id() + ": " + (candidates.isEmpty() ? "none" : "more than one")
                    + " of the outputs " + shapes + " can be an embedding of dimension "
                    + manifest.dimension()
                    + (candidates.isEmpty()
                            ? "; correct dimension, or list the output that is"
                            : "; choose one with output: in the manifest, such as output: " + candidates.get(0)));
            return null;
        }
        return new EmbeddingOutput(candidates.get(0), isStates(outputs.get(candidates.get(0)), width));
    }

    /** Pooling that the manifest asks for, of an output that has nothing to pool. */
    List<String> warnings(ModelManifest manifest, int width, boolean meanPooling) {
        if (states || !meanPooling) {
            return List.of();
        }
        Map<String, long[]> outputs =
                new TreeMap<>(manifest.graphs().get("model").outputs());
        String remedy = outputs.keySet().stream()
                .filter(output -> isStates(outputs.get(output), width))
                .findFirst()
                .map(output -> ", or take the hidden states with output: " + output)
                .orElse("");
        return List.of(manifest.id() + ": preprocessing.mean_pooling has no effect: output " + name + " is "
                + Arrays.toString(outputs.get(name))
                + ", an embedding that the graph pooled; leave mean_pooling out" + remedy);
    }

    private static boolean fits(long[] shape, int width) {
        return isRow(shape, width) || isStates(shape, width);
    }

    /** Whether a row of the output has as many numbers as the embedding, or may have. */
    private static boolean isRow(long[] shape, int width) {
        long row = Arrays.stream(shape).skip(1).reduce(1, (all, size) -> all * size);
        return shape.length == 2 && row == -1
                || shape.length >= 2
                        && row == width
                        && Arrays.stream(shape).skip(1).allMatch(size -> size > 0);
    }

    private static boolean isStates(long[] shape, int width) {
        return shape.length == 3 && !isRow(shape, width) && (shape[2] == width || shape[2] == -1);
    }
}
