// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.NormalizedText;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Parts;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A BERT-like text encoder: ids and, where the graph has them, attention mask and token types {@code [batch, tokens]}
 * in; hidden states {@code [batch, tokens, dimension]} out, pooled to the first token's or the mean, or, as CLIP has
 * them, the embedding itself, {@code [batch, dimension]}; scaled to length 1. Ids may be int64 or int32. Texts longer
 * than {@code max_tokens}, or than a graph with a fixed number of tokens takes, are cut; to a fixed number shorter ones
 * are padded. Rows of one run are padded to the longest, by at most {@code padding_limit} (0.2) of the run, where the
 * graph has a mask and is batch-invariant; else they have equal length. A dynamically quantized graph
 * ({@code max_batch: 1}) so gives a text the same numbers in any company.
 *
 * <p>With {@code parts} in the manifest the hidden states of the word pieces, without the first and the last token,
 * follow: each shrunk to the parts' width by a random projection, which keeps distances (Johnson and Lindenstrauss,
 * 1984), of the seed {@code projection_seed}.
 */
final class TextEncoder extends BatchEncoder<Encoding> {

    private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "token_type_ids");

    private final TextTokenizer tokenizer;
    private final OnnxGraphSession session;
    private final GraphSpec graph;
    private final EmbeddingOutput output;
    private final boolean meanPooling;
    private final int width;
    private final long padding;
    private final RandomProjection projection;

    /** Tokens that every row has; -1 where the graph takes any number. */
    private final int fixedTokens;

    private LongBuffer longs = LongBuffer.allocate(0);

    TextEncoder(PackedModel model, Device device, int threads) {
        super(model.manifest());
        Parts parts = manifest().parts();
        width = manifest().dimension() - (parts == null ? 0 : parts.size());
        meanPooling = manifest().preprocessing("mean_pooling", 0) != 0;
        projection = parts == null
                ? null
                : new RandomProjection(width, parts.width(), (long) manifest().preprocessing("projection_seed", 1));
        padding = (long) manifest().preprocessing("padding_id", 0);
        graph = manifest().graphs().get("model");
        List<String> problems = new ArrayList<>();
        fixedTokens = fixedTokens(problems);
        try (Handles opened = new Handles()) {
            session = open(model, "model", device, threads, opened, problems);
            if (session != null) {
                checkInputs(problems);
            }
            output = EmbeddingOutput.of(manifest(), width, "", meanPooling, problems);
            if (!problems.isEmpty()) {
                throw new PackException(problems);
            }
            int maxTokens = (int) manifest().preprocessing("max_tokens", 512);
            tokenizer = opened.add(
                    new TextTokenizer(model, fixedTokens < 0 ? maxTokens : Math.min(maxTokens, fixedTokens)));
            opened.keep();
        }
    }

    @Override
    public List<String> warnings() {
        return output.warnings(manifest(), width, meanPooling);
    }

    private int fixedTokens(List<String> problems) {
        long[] ids = graph.inputs().get("input_ids");
        if (ids == null || ids.length != 2) {
            problems.add(manifest().id() + ": the graph has the inputs "
                    + new TreeSet<>(graph.inputs().keySet()) + ", expected token ids as input_ids [batch, tokens]; "
                    + "rename the inputs in the export");
            return -1;
        }
        return (int) ids[1];
    }

    private void checkInputs(List<String> problems) {
        new TreeSet<>(graph.inputs().keySet())
                .stream().filter(name -> !graph.constants().containsKey(name)).forEach(name -> {
                    if (!INPUTS.contains(name)) {
                        problems.add(manifest().id() + ": nothing feeds the input " + name + "; text encoders have "
                                + new TreeSet<>(INPUTS)
                                + ". Give it a number under graphs.model.constants, or export the text half alone");
                    } else if (session.inputType(name) != OnnxJavaType.INT64
                            && session.inputType(name) != OnnxJavaType.INT32) {
                        problems.add(manifest().id() + ": input " + name + " has elements of type "
                                + session.inputType(name) + ", expected token ids, INT64 or INT32");
                    }
                });
    }

    @Override
    Encoding prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Text text)) {
            throw unsupported("text", content);
        }
        text.requireNotBlank();
        Encoding encoding = tokenizer.encode(text.text());
        if (Arrays.stream(encoding.getSpecialTokenMask()).allMatch(special -> special == 1)) {
            throw new MediaException(
                    MediaException.Problem.EMPTY,
                    "the text payload has no characters that the tokenizer of "
                            + manifest().id() + " reads, only such as spaces");
        }
        return encoding;
    }

    @Override
    Fingerprint fingerprint(Content content, Encoding prepared) {
        return content instanceof Content.Text text
                ? NormalizedText.fingerprint(text.text()).orElse(null)
                : null;
    }

    @Override
    int length(Encoding prepared) {
        return fixedTokens > 0 ? fixedTokens : prepared.getIds().length;
    }

    /** Padding needs a mask, and a graph that gives a row the same numbers beside any other. */
    @Override
    double paddingLimit() {
        return manifest().batchInvariant() && graph.inputs().containsKey("attention_mask")
                ? manifest().preprocessing("padding_limit", 0.2)
                : 0;
    }

    @Override
    List<Content> warmUpContents() {
        List<Content> contents = new ArrayList<>();
        for (int words = 4; words < Math.min(manifest().preprocessing("max_tokens", 512), 256); words *= 4) {
            contents.add(new Content.Text("a ".repeat(words)));
        }
        return contents;
    }

    @Override
    List<Encoded> run(List<Encoding> batch) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        int length = batch.stream().mapToInt(this::length).max().orElseThrow();
        int count = batch.size() * length;
        if (longs.capacity() < 3 * count) {
            longs = ByteBuffer.allocateDirect(2 * 3 * count * Long.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asLongBuffer();
        }
        longs.clear();
        batch.forEach(row -> put(row.getIds(), length, padding));
        batch.forEach(row -> put(row.getAttentionMask(), length, 0));
        batch.forEach(row -> put(row.getTypeIds(), length, 0));
        long[] shape = {batch.size(), length};
        try (OnnxTensor ids = OnnxTensor.createTensor(environment, longs.slice(0, count), shape);
                OnnxTensor mask = OnnxTensor.createTensor(environment, longs.slice(count, count), shape);
                OnnxTensor types = OnnxTensor.createTensor(environment, longs.slice(2 * count, count), shape)) {
            Map<String, OnnxTensor> inputs =
                    new HashMap<>(Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types));
            inputs.keySet().retainAll(graph.inputs().keySet());
            FloatBuffer hidden = session.run(inputs, output.name());
            int rowNumbers = output.states() ? length * width : width;
            if (hidden.remaining() != batch.size() * rowNumbers) {
                throw new OrtException("output " + output.name() + " has " + hidden.remaining() + " numbers for "
                        + batch.size() + " texts of " + length + " tokens, expected " + batch.size() * rowNumbers
                        + ", because dimension is " + manifest().dimension());
            }
            List<Encoded> results = new ArrayList<>(batch.size());
            for (int row = 0; row < batch.size(); row++) {
                int own = batch.get(row).getIds().length;
                float[] vector = output.states() ? pool(hidden, row * length, own) : pool(hidden, row, 1);
                for (int piece = 0;
                        projection != null
                                && piece < Math.min(manifest().parts().count(), own - 2);
                        piece++) {
                    projection.project(
                            hidden,
                            (row * length + 1 + piece) * width,
                            vector,
                            width + piece * manifest().parts().width());
                }
                results.add(new Encoded(vector, Map.of()));
            }
            return results;
        }
    }

    private void put(long[] own, int length, long rest) {
        longs.put(own);
        for (int i = own.length; i < length; i++) {
            longs.put(rest);
        }
    }

    private float[] pool(FloatBuffer hidden, int firstToken, int tokens) {
        int dimension = width;
        float[] vector = new float[manifest().dimension()];
        for (int token = 0; token < (meanPooling ? tokens : 1); token++) {
            for (int i = 0; i < dimension; i++) {
                vector[i] += hidden.get((firstToken + token) * dimension + i);
            }
        }
        double norm = 0;
        for (float value : vector) {
            norm += (double) value * value;
        }
        float scale = (float) (1 / Math.sqrt(Math.max(norm, 1e-24)));
        for (int i = 0; i < dimension; i++) {
            vector[i] *= scale;
        }
        return vector;
    }

    @Override
    public void close() {
        session.close();
        tokenizer.close();
    }
}
