// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.bank.Bank;
import io.sensorium.job.bank.BankEntries;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.schemas.RegistryClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./sensorium bank add}. */
@Command(
        name = "add",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Adds an entry, or replaces the one of its id; with --import, many. The topic is created where "
                + "there is none.")
final class BankAddCommand implements Callable<Integer> {

    @Mixin
    BankCommand.OfPipeline pipeline;

    @Option(names = "--id", description = "The entry's id.")
    String id;

    @Option(names = "--label", description = "What the item is known as, which rules read as bank.label.")
    String label;

    @Option(names = "--image", description = "An image file, of which the PDQ hash is kept, not the image.")
    Path image;

    @Option(names = "--hash", description = "A PDQ hash, 64 hexadecimal digits.")
    String hash;

    @Option(
            names = "--text",
            description = "A text; case, white space and punctuation make no difference. It is in the topic.")
    String text;

    @Option(
            names = "--embedding",
            description =
                    "Numbers with commas between them, or @FILE with a file of them; needs --model and --threshold.")
    String embedding;

    @Option(names = "--model", description = "The embedding's encoder, NAME@VERSION, as ./sensorium models lists it.")
    String model;

    @Option(
            names = "--threshold",
            description = "Of an image how many of the 256 bits may differ, 0 to 31 (bank.threshold by default); of an "
                    + "embedding the least cosine, 0.5 to 0.999.")
    String threshold;

    @Option(
            names = "--import",
            description = "A CSV file, or a TSV file by its name, whose first line has columns of these names: id, "
                    + "label, hash, image, text, embedding, model, threshold. Lines that are no entries are left out, the "
                    + "first 20 with a message.")
    Path table;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Map<String, String> fields = fields();
        if ((table == null) == fields.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    table == null
                            ? "bank add: name an entry (--id, --label and one of --image, --hash, --text, --embedding), "
                                    + "or a table (--import)"
                            : "bank add: --import takes entries from a file, so the options of a single entry cannot be set too");
        }
        PipelineConfig config = pipeline.read();
        RegistryClient registry = RegistryClient.of(
                config.registry().type(),
                config.registry().url(),
                config.registry().properties());
        EntryFields entries = new EntryFields(
                config,
                new BankEntries(
                        registry,
                        config.bank(),
                        Bank.dimensions(
                                config, PipelineModels.require(pipeline.file.toString(), config, new ArrayList<>()))));
        PrintWriter out = spec.commandLine().getOut();
        if (table != null) {
            return importTable(config, registry, entries, out);
        }
        BankEntry entry;
        try {
            entry = entries.entry(fields, Path.of(""));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "bank add: " + e.getMessage(), e);
        }
        try (BankTopicWriter topic = new BankTopicWriter(config, registry)) {
            topic.send(id, entry);
            topic.flush();
        }
        out.println("added " + BankCommand.printable(id) + " (" + entry.getKind()
                + (entry.getHash() == null ? "" : " " + entry.getHash()) + ") to "
                + config.bank().topic());
        out.flush();
        return 0;
    }

    private Map<String, String> fields() throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("label", label);
        fields.put("image", image == null ? null : image.toString());
        fields.put("hash", hash);
        fields.put("text", text);
        fields.put(
                "embedding",
                embedding != null && embedding.startsWith("@")
                        ? Files.readString(Path.of(embedding.substring(1)), StandardCharsets.UTF_8)
                        : embedding);
        fields.put("model", model);
        fields.put("threshold", threshold);
        fields.values().removeIf(value -> value == null);
        return fields;
    }

    private int importTable(PipelineConfig config, RegistryClient registry, EntryFields entries, PrintWriter out)
            throws IOException {
        if (!Files.isRegularFile(table)) {
            throw new ParameterException(spec.commandLine(), "bank add: --import: there is no file " + table);
        }
        try (BankTopicWriter topic = new BankTopicWriter(config, registry)) {
            TableImport result = new TableImport(
                    table, entries, topic::send, spec.commandLine().getErr());
            try {
                result.run();
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "bank add: --import: " + e.getMessage(), e);
            }
            topic.flush();
            out.println(
                    "added " + result.added() + " entries to " + config.bank().topic()
                            + (result.refused() == 0 ? "" : ", left out " + result.refused() + " lines"));
            out.flush();
            return result.refused() == 0 ? 0 : 1;
        }
    }
}
