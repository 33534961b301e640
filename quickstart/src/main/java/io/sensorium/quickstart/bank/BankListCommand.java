// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.bank.Bank;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.pipeline.ConfigurationException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./sensorium bank list}. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Lists the entries by id, one per line, with counts by kind; records that are no entries go to "
                + "standard error.")
final class BankListCommand implements Callable<Integer> {

    private static final int MAX_TEXT = 60;

    @Mixin
    BankCommand.OfPipeline pipeline;

    @Option(names = "--label", description = "Only entries with this label.")
    String label;

    @Spec
    CommandSpec spec;

    private record Line(String kind, String text) {}

    @Override
    public Integer call() throws Exception {
        PipelineConfig config = pipeline.read();
        PrintWriter err = spec.commandLine().getErr();
        Map<String, Line> entries = BankTopicContent.read(
                config,
                dimensions(config, err),
                (id, entry) -> label == null || label.equals(entry.getLabel())
                        ? new Line(entry.getKind(), line(id, entry))
                        : new Line("", null),
                message -> err.println(BankCommand.printable(message)));
        err.flush();
        PrintWriter out = spec.commandLine().getOut();
        Map<String, Integer> counts = new TreeMap<>();
        entries.values().stream().filter(line -> line.text() != null).forEach(line -> {
            out.println(line.text());
            counts.merge(line.kind(), 1, Integer::sum);
        });
        out.println(counts.isEmpty() ? "no entries" : counts.toString());
        out.flush();
        return 0;
    }

    /** So that entries are checked as the job checks them; without the models, all but the lengths of embeddings. */
    private Map<String, Integer> dimensions(PipelineConfig config, PrintWriter err) {
        try {
            return Bank.dimensions(config, PipelineModels.require(pipeline.file.toString(), config, new ArrayList<>()));
        } catch (ConfigurationException e) {
            err.println("the lengths of embeddings are not checked: " + BankCommand.printable(e.getMessage()));
            return Map.of();
        }
    }

    private static String line(String id, BankEntry entry) {
        String what = switch (entry.getKind()) {
            case "image" -> entry.getHash();
            case "text" -> "\"" + abridged(entry.getText()) + "\"";
            default -> entry.getEmbedding().size() + " numbers by " + entry.getModel();
        };
        return BankCommand.printable(id + "  " + entry.getLabel() + "  " + entry.getKind() + "  " + what
                + (entry.getThreshold() == null ? "" : "  threshold " + entry.getThreshold())
                + (entry.getAddedAt() == null ? "" : "  added " + entry.getAddedAt()));
    }

    static String abridged(String text) {
        return text.codePointCount(0, text.length()) <= MAX_TEXT
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MAX_TEXT)) + "…";
    }
}
