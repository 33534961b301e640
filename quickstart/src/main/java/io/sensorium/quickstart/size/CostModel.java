// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.size;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an event costs, as {@code bench sizing} measured it.
 *
 * @param machine where
 * @param modalities by name
 */
public record CostModel(String machine, Map<String, Modality> modalities) {

    /**
     * An event of one modality.
     *
     * @param encoder whose cost it is
     * @param encodeMs of an engine's worker
     * @param cpuMs of the whole job's processor time, encoding included
     * @param brokerMs of the broker's processor time
     * @param recordBytes of the record, media included
     * @param stateBytes that alignment keeps of it
     */
    public record Modality(
            String encoder, double encodeMs, double cpuMs, double brokerMs, long recordBytes, long stateBytes) {}

    /** The figures that come with the project. */
    public static CostModel bundled() throws IOException {
        try (InputStream in = CostModel.class.getResourceAsStream("/sizing/costs.json")) {
            return of(new ObjectMapper().readTree(in));
        }
    }

    /**
     * Figures of one's own, as {@code bench sizing --json} writes them.
     *
     * @throws IOException when the file cannot be read, or is none
     */
    public static CostModel read(Path file) throws IOException {
        return of(new ObjectMapper().readTree(Files.readString(file)));
    }

    private static CostModel of(JsonNode json) throws IOException {
        Map<String, Modality> modalities = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path("costs").properties()) {
            JsonNode one = entry.getValue();
            modalities.put(
                    entry.getKey(),
                    new Modality(
                            one.path("encoder").asText(),
                            one.path("encode_ms").asDouble(),
                            one.path("cpu_ms").asDouble(),
                            one.path("broker_ms").asDouble(),
                            one.path("record_bytes").asLong(),
                            one.path("state_bytes").asLong()));
        }
        if (modalities.isEmpty()) {
            throw new IOException("no costs in it; expected what bench sizing --json FILE writes");
        }
        return new CostModel(json.path("machine").asText(), modalities);
    }
}
