// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;

/** A benchmark's figures as JSON: {@code name}, {@code machine}, {@code runs} and {@code ratios}. For one thread. */
public final class Report {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root = JSON.createObjectNode();
    private final ObjectNode runs;
    private final ObjectNode ratios;

    /** @param name of the benchmark */
    public Report(String name) {
        root.put("name", name);
        root.put(
                "machine",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " processors, Java "
                        + System.getProperty("java.version"));
        runs = root.putObject("runs");
        ratios = root.putObject("ratios");
    }

    /** A contender's figures, to be added to. */
    public ObjectNode run(String contender) {
        return runs.withObject("/" + contender);
    }

    /** Notes a contender's figure over another's, where both have it. */
    public void ratio(String key, ObjectNode over, ObjectNode under, String figure) {
        if (over.has(figure) && under.has(figure)) {
            ratio(key, over.get(figure).asDouble(), under.get(figure).asDouble());
        }
    }

    /** Notes a ratio, to three digits. */
    public void ratio(String key, double over, double under) {
        ratios.put(key, Math.round(over / under * 1000) / 1000.0);
    }

    /** All figures. */
    public ObjectNode json() {
        return root;
    }

    /**
     * Writes the JSON.
     *
     * @throws IOException when the file cannot be written
     */
    public void write(Path file) throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
    }

    @Override
    public String toString() {
        return root.toPrettyString();
    }
}
