// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.config.BankSettings;
import io.sensorium.job.records.FailureCode;
import io.sensorium.operators.bank.KnownItem;
import io.sensorium.operators.bank.NormalizedText;
import io.sensorium.operators.bank.PdqHash;
import io.sensorium.pipeline.Suggestions;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reads and checks the records of a bank's topic. For one thread. */
public final class BankEntries {

    /** Bytes of an entry's id. */
    public static final int MAX_ID_BYTES = 1024;

    /** Characters of a label. */
    public static final int MAX_LABEL = 200;

    /** Characters of an encoder's name and version. */
    private static final int MAX_MODEL = 200;

    /** Numbers of an embedding. */
    private static final int MAX_DIMENSION = 8192;

    /** Characters of a text. */
    private static final int MAX_TEXT = 1_000_000;

    /** Bits that are set in a hash: half of them in a photograph's, fewer where much of the image is of one colour. */
    private static final int LEAST_ONES = 64;

    private static final int MOST_ONES = PdqHash.BITS - LEAST_ONES;

    private static final String IMAGE = "image";
    private static final String TEXT = "text";
    private static final String EMBEDDING = "embedding";

    /** Values of {@code kind}. */
    public static final List<String> KINDS = List.of(IMAGE, TEXT, EMBEDDING);

    /** What a record is. */
    public sealed interface Read {

        /** An item to be put. */
        record Put(KnownItem item) implements Read {}

        /** An item to be removed. */
        record Removal(String id) implements Read {}

        /**
         * No entry.
         *
         * @param id of the item that it would have been; null where it has none
         */
        record Bad(String id, FailureCode code, String message) implements Read {}
    }

    private final RecordDecoder<BankEntry> decoder;
    private final BankSettings settings;
    private final Map<String, Integer> dimensions;

    /**
     * @param registry where the schemas of entries in Avro are looked up
     * @param dimensions numbers of an embedding, by the name@version of the pipeline's encoders
     */
    public BankEntries(SchemaRegistry registry, BankSettings settings, Map<String, Integer> dimensions) {
        this.decoder = RecordDecoder.of(BankEntry.getClassSchema(), registry);
        this.settings = settings;
        this.dimensions = dimensions;
    }

    /**
     * Reads a record.
     *
     * @param key null where it has none; so the value
     * @throws IOException when the registry cannot be reached; the record may be tried again
     */
    public Read read(byte[] key, byte[] value) throws IOException {
        String id = null;
        try {
            id = id(key);
            if (value == null) {
                return new Read.Removal(id);
            }
            return new Read.Put(item(id, decoder.decode(value)));
        } catch (WireFormatException e) {
            return new Read.Bad(id, FailureCode.UNDECODABLE, e.getMessage());
        } catch (SchemaRegistry.UnknownSchemaException e) {
            return new Read.Bad(id, FailureCode.UNKNOWN_SCHEMA, e.getMessage());
        } catch (IllegalArgumentException e) {
            return new Read.Bad(id, FailureCode.INVALID_BANK_ENTRY, e.getMessage());
        }
    }

    private static String id(byte[] key) {
        if (key == null || key.length == 0) {
            throw new IllegalArgumentException("the record has no key, expected the entry's id");
        }
        if (key.length > MAX_ID_BYTES) {
            throw new IllegalArgumentException(
                    "the key has " + key.length + " bytes, expected an id of at most " + MAX_ID_BYTES);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the key " + HexFormat.of().formatHex(key, 0, Math.min(key.length, 32))
                    + " is not UTF-8, expected the entry's id");
        }
    }

    /**
     * The item that an entry states.
     *
     * @throws IllegalArgumentException with what is wrong with it
     */
    public KnownItem item(String id, BankEntry entry) {
        String label = entry.getLabel();
        if (label.isBlank() || label.length() > MAX_LABEL) {
            throw new IllegalArgumentException(
                    "label: has " + (label.isBlank() ? 0 : label.length()) + " characters, expected 1 to " + MAX_LABEL);
        }
        return new KnownItem(
                id,
                label,
                switch (entry.getKind()) {
                    case IMAGE -> image(entry);
                    case TEXT -> text(entry);
                    case EMBEDDING -> embedding(entry);
                    default ->
                        throw new IllegalArgumentException("kind: is \"" + abridged(entry.getKind())
                                + "\", expected one of " + KINDS + Suggestions.suggestion(entry.getKind(), KINDS));
                });
    }

    private static String abridged(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    private KnownItem.Image image(BankEntry entry) {
        if (entry.getHash() == null) {
            throw new IllegalArgumentException(
                    "hash: is missing, expected the image's PDQ hash, " + PdqHash.DIGITS + " hexadecimal digits");
        }
        PdqHash hash;
        try {
            hash = PdqHash.parse(entry.getHash());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("hash: " + e.getMessage(), e);
        }
        if (hash.ones() < LEAST_ONES || hash.ones() > MOST_ONES) {
            throw new IllegalArgumentException("hash: " + hash.ones() + " of its " + PdqHash.BITS
                    + " bits are set, expected about half of them, as in every image with structure; one without"
                    + " would match others like it");
        }
        double threshold = entry.getThreshold() == null ? settings.threshold() : entry.getThreshold();
        if (threshold != Math.rint(threshold) || threshold < 0 || threshold > KnownItem.Image.MAX_BITS) {
            throw new IllegalArgumentException("threshold: is " + threshold
                    + ", expected a whole number of bits from 0 to " + KnownItem.Image.MAX_BITS + " for an image");
        }
        return new KnownItem.Image(hash, (int) threshold);
    }

    private static KnownItem.Text text(BankEntry entry) {
        if (entry.getText() == null || entry.getText().length() > MAX_TEXT) {
            throw new IllegalArgumentException("text: "
                    + (entry.getText() == null
                            ? "is missing, expected the known text"
                            : "has " + entry.getText().length() + " characters, expected at most " + MAX_TEXT));
        }
        if (entry.getThreshold() != null) {
            throw new IllegalArgumentException(
                    "threshold: is " + entry.getThreshold() + ", but texts are compared by equality; leave it out");
        }
        if (NormalizedText.isTooLong(entry.getText())) {
            throw new IllegalArgumentException("text: normalized (NFKC), it has more than "
                    + NormalizedText.MAX_EXPANSION + " times its "
                    + entry.getText().length()
                    + " characters, and such texts are not compared");
        }
        return new KnownItem.Text(NormalizedText.fingerprint(entry.getText())
                .orElseThrow(() -> new IllegalArgumentException(
                        "text: is of white space and punctuation alone, which are not compared")));
    }

    private KnownItem.Vector embedding(BankEntry entry) {
        String model = entry.getModel();
        if (model == null || model.isBlank() || model.length() > MAX_MODEL) {
            throw new IllegalArgumentException("model: is missing or longer than " + MAX_MODEL
                    + " characters, expected the embedding's encoder, NAME@VERSION");
        }
        List<Float> numbers = entry.getEmbedding();
        if (numbers == null || numbers.isEmpty() || numbers.size() > MAX_DIMENSION) {
            throw new IllegalArgumentException("embedding: has " + (numbers == null ? 0 : numbers.size())
                    + " numbers, expected 1 to " + MAX_DIMENSION);
        }
        Integer dimension = dimensions.get(model);
        if (dimension != null && dimension != numbers.size()) {
            throw new IllegalArgumentException(
                    "embedding: has " + numbers.size() + " numbers, " + model + " gives " + dimension);
        }
        float[] vector = new float[numbers.size()];
        IntStream.range(0, vector.length).forEach(i -> {
            vector[i] = numbers.get(i);
            if (!Float.isFinite(vector[i])) {
                throw new IllegalArgumentException(
                        "embedding: number " + i + " is " + vector[i] + ", expected finite numbers");
            }
        });
        if (!KnownItem.Vector.hasDirection(vector)) {
            throw new IllegalArgumentException(
                    "embedding: all of its numbers are 0, so it has no direction to compare");
        }
        Double threshold = entry.getThreshold();
        if (threshold == null
                || !(threshold >= KnownItem.Vector.LEAST_COSINE && threshold <= KnownItem.Vector.MAX_COSINE)) {
            throw new IllegalArgumentException("threshold: is " + (threshold == null ? "missing" : threshold)
                    + ", expected the least cosine of a match, " + KnownItem.Vector.LEAST_COSINE + " to "
                    + KnownItem.Vector.MAX_COSINE);
        }
        return new KnownItem.Vector(model, vector, threshold);
    }
}
