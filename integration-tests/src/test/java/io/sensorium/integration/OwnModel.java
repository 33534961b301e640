// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import ai.onnx.proto.OnnxMl;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A user's own model in a folder of models. */
final class OwnModel {

    private OwnModel() {}

    /**
     * Writes a graph and its manifest.
     *
     * @param more further keys of the manifest, each on a line
     * @param signature the graph's inputs and outputs, as YAML
     */
    static void write(
            Path pack, String name, String kind, OnnxMl.GraphProto.Builder graph, String more, String signature)
            throws Exception {
        byte[] bytes = OnnxMl.ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build()
                .toByteArray();
        Path model = Files.createDirectories(pack.resolve(name));
        Files.write(model.resolve("model.onnx"), bytes);
        Files.writeString(
                model.resolve("model.yaml"), """
                name: %s
                version: 1.0.0
                kind: %s
                description: a user's own
                licence: Apache-2.0
                source: made by hand
                terms: {commercial: "yes", data: []}
                %sgraphs:
                  model:
                    file: model.onnx
                    sha256: %s
                    %s
                """.formatted(name, kind, more, PackedModel.sha256(bytes), signature));
    }
}
