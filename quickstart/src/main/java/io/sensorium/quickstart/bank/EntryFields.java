// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.bank.BankEntries;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.PdqHasher;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Makes checked entries of texts, such as options and columns: {@code id}, {@code label}, one of {@code hash},
 * {@code image}, {@code text} and {@code embedding}, and {@code model} and {@code threshold}. For one thread.
 */
final class EntryFields {

    /** The names of the fields. */
    static final List<String> NAMES =
            List.of("id", "label", "hash", "image", "text", "embedding", "model", "threshold");

    private static final List<String> PATTERNS = List.of("hash", "image", "text", "embedding");

    private final BankEntries entries;
    private final ImageDecoder decoder;
    private final PdqHasher hasher = new PdqHasher();
    private final int minQuality;

    /** @param entries that check what is made */
    EntryFields(PipelineConfig config, BankEntries entries) {
        this.entries = entries;
        this.decoder = new ImageDecoder(config.media());
        this.minQuality = config.bank().minQuality();
    }

    /**
     * An entry.
     *
     * @param fields by name; missing and empty ones alike are not set
     * @param folder that the paths of images are relative to
     * @throws IllegalArgumentException with what is wrong with the fields
     */
    BankEntry entry(Map<String, String> fields, Path folder) {
        List<String> set =
                PATTERNS.stream().filter(name -> get(fields, name) != null).toList();
        if (set.size() != 1) {
            throw new IllegalArgumentException(
                    (set.isEmpty() ? "there is none of " + PATTERNS : "there are " + set) + ", expected one of them");
        }
        String id = get(fields, "id");
        if (id == null || id.getBytes(StandardCharsets.UTF_8).length > BankEntries.MAX_ID_BYTES) {
            throw new IllegalArgumentException(
                    "id: is missing or longer than " + BankEntries.MAX_ID_BYTES + " bytes, expected the entry's id");
        }
        if (get(fields, "label") == null) {
            throw new IllegalArgumentException("label: is missing, expected what the item is known as, such as spam");
        }
        BankEntry entry = new BankEntry();
        entry.setLabel(get(fields, "label"));
        entry.setModel(get(fields, "model"));
        entry.setThreshold(threshold(get(fields, "threshold")));
        entry.setAddedAt(Instant.ofEpochMilli(System.currentTimeMillis()));
        switch (set.get(0)) {
            case "text" -> {
                entry.setKind("text");
                entry.setText(get(fields, "text"));
            }
            case "embedding" -> {
                entry.setKind("embedding");
                entry.setEmbedding(numbers(get(fields, "embedding")));
            }
            case "image" -> {
                entry.setKind("image");
                entry.setHash(hash(folder, get(fields, "image")));
            }
            default -> {
                entry.setKind("image");
                entry.setHash(get(fields, "hash"));
            }
        }
        if (entry.getModel() != null && !entry.getKind().equals("embedding")) {
            throw new IllegalArgumentException("model: is set, but only embeddings have one; leave it out");
        }
        entries.item(id, entry);
        return entry;
    }

    static String get(Map<String, String> fields, String name) {
        String text = fields.get(name);
        return text == null || text.isBlank() ? null : text;
    }

    private static Double threshold(String text) {
        try {
            return text == null ? null : Double.valueOf(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("threshold: is \"" + text + "\", expected a number", e);
        }
    }

    /** Numbers with commas, semicolons or white space between them, in brackets or not. */
    private static List<Float> numbers(String text) {
        List<Float> numbers = new ArrayList<>();
        String bare = text.strip();
        if (bare.startsWith("[") && bare.endsWith("]")) {
            bare = bare.substring(1, bare.length() - 1);
        }
        for (String number :
                (Iterable<String>) Stream.of(bare.split("[,;\\s]+")).filter(each -> !each.isEmpty())::iterator) {
            try {
                numbers.add(Float.valueOf(number));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "embedding: number " + numbers.size() + " is \"" + number
                                + "\", expected numbers with commas between them",
                        e);
            }
        }
        return numbers;
    }

    private String hash(Path folder, String file) {
        try {
            Fingerprint.Image image =
                    hasher.hash(decoder.decode(Files.readAllBytes(folder.resolve(file)), PdqHasher.SIDE));
            if (image.quality() < minQuality) {
                throw new IllegalArgumentException(
                        "image: " + file + " has little structure (quality " + image.quality()
                                + " of 100), and images below bank.min_quality, " + minQuality + ", are not compared");
            }
            return image.hash().toString();
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("image: there is no file " + folder.resolve(file), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("image: " + file + " cannot be read: " + e.getMessage(), e);
        } catch (MediaException e) {
            throw new IllegalArgumentException("image: " + file + ": " + e.getMessage(), e);
        }
    }
}
