// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.explain.Explainer;
import io.sensorium.job.explain.Explanation;
import io.sensorium.job.explain.Explanation.Input;
import io.sensorium.job.explain.Explanation.Recomputation;
import io.sensorium.job.explain.Explanation.Written;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModelIdentity;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Explains a result: its records, inputs and models, and the result of recomputing it from the "
                + "topics. Exits with 1 if that differs or is not possible.")
final class ExplainCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Fields that are printed as lines of their own. */
    private static final List<String> PRINTED = List.of(
            "result_id",
            "subject_id",
            "window_start",
            "window_end",
            "status",
            "revision",
            "forced",
            "modalities",
            "inputs",
            "operator",
            "model",
            "emitted_at");

    @Parameters(
            index = "0",
            paramLabel = "RESULT_ID",
            description = "The id of a result, an incomplete window or a moderation decision.")
    String resultId;

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file that it was run with.")
    Path file;

    @Option(names = "--json", description = "File for the whole bundle.")
    Path json;

    @Override
    public Integer call() throws Exception {
        Optional<Explanation> found;
        try (Explainer explainer = new Explainer(PipelineFile.read(file))) {
            found = explainer.explain(resultId.toLowerCase(Locale.ROOT));
        }
        if (found.isEmpty()) {
            System.err.println("no output topic of " + file + " has a committed record of result " + resultId
                    + "; check that it is complete and from this pipeline");
            return 1;
        }
        print(found.get(), "", System.out);
        if (json != null) {
            JSON.writeValue(json.toFile(), bundle(found.get()));
        }
        return found.get().confirmed() ? 0 : 1;
    }

    private static Object field(SpecificRecord record, String name) {
        Schema.Field field = record.getSchema().getField(name);
        return field == null ? null : record.get(field.pos());
    }

    private static void print(Explanation evidence, String indent, PrintStream out) {
        SpecificRecord last = evidence.last();
        out.println(indent + "result     " + evidence.resultId());
        out.println(indent + "  is       " + last.getSchema().getName() + " of operator \"" + field(last, "operator")
                + "\" on " + evidence.topic() + ", " + field(last, "status") + ", revision " + field(last, "revision"));
        out.println(indent + "  subject  " + field(last, "subject_id"));
        out.println(indent + "  window   " + field(last, "window_start") + " to " + field(last, "window_end"));
        for (Input input : evidence.inputs()) {
            InputReference reference = input.reference();
            out.println(indent + "  input    " + reference.getModality() + " " + reference.getEventId() + " of "
                    + reference.getEventTime() + ", " + reference.getTopic() + "-" + reference.getPartition() + "@"
                    + reference.getOffset() + (input.sha256() == null ? "" : ", record sha256 " + input.sha256()));
            if (reference.getEncoder() != null) {
                out.println(indent + "           encoder " + model(reference.getEncoder()));
            }
            if (input.problem() != null) {
                out.println(indent + "           CHANGED: " + input.problem());
            }
        }
        if (field(last, "model") instanceof ModelIdentity model) {
            out.println(indent + "  model    " + model(model));
        }
        for (Schema.Field field : last.getSchema().getFields()) {
            Object value = last.get(field.pos());
            boolean empty = value == null
                    || value instanceof Collection<?> all && all.isEmpty()
                    || value instanceof Map<?, ?> map && map.isEmpty();
            if (!PRINTED.contains(field.name()) && !empty && !field.name().equals("results")) {
                out.println(indent + "  field    " + field.name() + " " + value);
            }
        }
        for (Written written : evidence.records()) {
            out.println(indent + "  record   " + evidence.topic() + "-" + written.partition() + "@" + written.offset()
                    + " " + field(written.record(), "status") + ", revision " + field(written.record(), "revision")
                    + ", taken by Kafka " + Instant.ofEpochMilli(written.at()));
        }
        Recomputation recomputation = evidence.recomputation();
        if (recomputation instanceof Recomputation.Same same) {
            out.println(indent + "  again    recomputed from the topics: the same"
                    + (same.largestDifference() == 0
                            ? ""
                            : "; the numbers differ by " + same.largestDifference() + " at most"));
        } else if (recomputation instanceof Recomputation.Different different) {
            out.println(indent + "  again    recomputed from the topics: DIFFERENT, the numbers differ by up to "
                    + different.largestDifference() + " " + String.join("; ", different.differences()));
        } else {
            out.println(indent + "  again    "
                    + (recomputation instanceof Recomputation.Impossible impossible
                            ? "NOT recomputed: " + impossible.why()
                            : ((Recomputation.Nothing) recomputation).why()));
        }
        evidence.results().forEach(result -> print(result, indent + "  input    ", out));
    }

    private static String model(ModelIdentity model) {
        return model.getName() + "@" + model.getVersion() + " sha256 " + model.getSha256();
    }

    private static ObjectNode bundle(Explanation evidence) {
        ObjectNode bundle =
                JSON.createObjectNode().put("result_id", evidence.resultId()).put("topic", evidence.topic());
        SpecificRecord last = evidence.last();
        ObjectNode window = bundle.putObject("window");
        window.set("subject_id", tree(field(last, "subject_id")));
        window.set("start", tree(field(last, "window_start")));
        window.set("end", tree(field(last, "window_end")));
        ArrayNode inputs = bundle.putArray("inputs");
        evidence.inputs().forEach(input -> {
            ObjectNode one = (ObjectNode) tree(input.reference());
            inputs.add(one.put("record_sha256", input.sha256()).put("problem", input.problem()));
        });
        bundle.set("model", tree(field(last, "model")));
        bundle.set("contributions", tree(field(last, "contributions")));
        ArrayNode records = bundle.putArray("records");
        evidence.records()
                .forEach(written -> records.addObject()
                        .put("partition", written.partition())
                        .put("offset", written.offset())
                        .put("timestamp", written.at())
                        .set("record", tree(written.record())));
        Recomputation recomputation = evidence.recomputation();
        ObjectNode again = bundle.putObject("recomputation")
                .put("outcome", recomputation.getClass().getSimpleName().toLowerCase(Locale.ROOT));
        if (recomputation instanceof Recomputation.Same same) {
            again.put("largest_difference", same.largestDifference());
        } else if (recomputation instanceof Recomputation.Different different) {
            again.put("largest_difference", different.largestDifference())
                    .set("differences", tree(different.differences()));
            again.set("computed", tree(different.computed()));
        } else {
            again.put(
                    "why",
                    recomputation instanceof Recomputation.Impossible impossible
                            ? impossible.why()
                            : ((Recomputation.Nothing) recomputation).why());
        }
        ArrayNode results = bundle.putArray("results");
        evidence.results().forEach(result -> results.add(bundle(result)));
        return bundle.put("confirmed", evidence.confirmed());
    }

    /** A record, or a part of one, as JSON; times in ms. */
    private static JsonNode tree(Object value) {
        if (value instanceof SpecificRecord record) {
            ObjectNode node = JSON.createObjectNode();
            record.getSchema().getFields().forEach(field -> node.set(field.name(), tree(record.get(field.pos()))));
            return node;
        }
        if (value instanceof Collection<?> all) {
            ArrayNode node = JSON.createArrayNode();
            all.forEach(each -> node.add(tree(each)));
            return node;
        }
        if (value instanceof Map<?, ?> map) {
            ObjectNode node = JSON.createObjectNode();
            map.forEach((key, each) -> node.set(String.valueOf(key), tree(each)));
            return node;
        }
        return JSON.valueToTree(
                value instanceof Instant instant
                        ? (Object) instant.toEpochMilli()
                        : value instanceof Enum<?> word ? word.name() : value);
    }
}
