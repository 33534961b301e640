// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.operators.pack.PackedModel;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Embeddings on disk, a file an encoder, keyed by the encoder's and the content's SHA-256: a data set is encoded once.
 * Every record has a checksum, so that a partial record is never read as a whole one.
 */
final class EmbeddingCache {

    private static final int BATCH = 16;

    /** Length of a SHA-256 in hex. */
    private static final int KEY_LENGTH = 64;

    private final Path folder;
    private final PrintStream progress;
    private final boolean float16;

    EmbeddingCache(Path folder, PrintStream progress) {
        this(folder, progress, false);
    }

    /**
     * @param float16 whether embeddings are handed out rounded, as {@code align.state_precision: float16} keeps them
     */
    EmbeddingCache(Path folder, PrintStream progress, boolean float16) {
        this.folder = folder;
        this.progress = progress;
        this.float16 = float16;
    }

    /**
     * One embedding a content, in order; null where the content cannot be encoded, which is reported. A second process
     * waits until the first has encoded what it wants of an encoder.
     */
    List<float[]> encode(PackedModel model, List<Content> contents) throws IOException {
        Files.createDirectories(folder);
        try (FileChannel channel = FileChannel.open(
                folder.resolve(model.manifest().name() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE)) {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                progress.println("another process encodes with " + model + " into " + folder + "; waiting for it");
                lock = channel.lock();
            }
            try (FileLock held = lock) {
                return encodeLocked(model, contents);
            }
        }
    }

    private List<float[]> encodeLocked(PackedModel model, List<Content> contents) throws IOException {
        Path file = folder.resolve(model.manifest().name() + "-" + model.sha256() + ".vectors");
        Map<String, float[]> known = load(file, model.manifest().dimension());
        List<String> keys = contents.stream().map(EmbeddingCache::key).toList();
        Map<String, Content> missing = new java.util.LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            if (!known.containsKey(keys.get(i))) {
                missing.put(keys.get(i), contents.get(i));
            }
        }
        if (!missing.isEmpty()) {
            try (Encoder encoder = Encoder.open(
                            model,
                            MediaLimits.DEFAULT,
                            new Device.Cpu(),
                            Runtime.getRuntime().availableProcessors());
                    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)))) {
                List<Map.Entry<String, Content>> todo = new ArrayList<>(missing.entrySet());
                for (int from = 0; from < todo.size(); from += BATCH) {
                    List<Map.Entry<String, Content>> part = todo.subList(from, Math.min(todo.size(), from + BATCH));
                    List<Outcome> outcomes = encoder.encode(
                            part.stream().map(Map.Entry::getValue).toList());
                    for (int i = 0; i < part.size(); i++) {
                        if (outcomes.get(i) instanceof Outcome.Encoded encoded) {
                            known.put(part.get(i).getKey(), encoded.vector());
                            write(part.get(i).getKey(), encoded.vector(), out);
                        } else {
                            progress.println("skipped: " + outcomes.get(i));
                        }
                    }
                    if (from / BATCH % 20 == 0) {
                        progress.printf("encoding with %s: %d of %d%n", model, from, todo.size());
                    }
                }
            }
        }
        return keys.stream()
                .map(known::get)
                .map(vector -> vector == null || !float16
                        ? vector
                        : EmbeddingBytes.fromFloat16(EmbeddingBytes.ofFloat16(vector)))
                .toList();
    }

    /**
     * What a file holds; a run that was stopped while it wrote leaves half a record, which is cut off with all that
     * follows.
     */
    private static Map<String, float[]> load(Path file, int dimension) throws IOException {
        Map<String, float[]> known = new HashMap<>();
        if (!Files.exists(file)) {
            return known;
        }
        byte[] record = new byte[KEY_LENGTH + dimension * Float.BYTES];
        long whole = 0;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                in.readFully(record);
                if (in.readInt() != checksum(record)) {
                    break;
                }
                float[] vector = new float[dimension];
                ByteBuffer.wrap(record, KEY_LENGTH, dimension * Float.BYTES)
                        .asFloatBuffer()
                        .get(vector);
                known.put(new String(record, 0, KEY_LENGTH, StandardCharsets.US_ASCII), vector);
                whole += record.length + Integer.BYTES;
            }
        } catch (EOFException e) {
            // The end, be it of a record or within one.
        }
        if (whole < Files.size(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(whole);
            }
        }
        return known;
    }

    private static void write(String key, float[] vector, DataOutputStream out) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(KEY_LENGTH + vector.length * Float.BYTES)
                .put(key.getBytes(StandardCharsets.US_ASCII));
        record.asFloatBuffer().put(vector);
        out.write(record.array());
        out.writeInt(checksum(record.array()));
    }

    private static int checksum(byte[] record) {
        CRC32 crc = new CRC32();
        crc.update(record);
        return (int) crc.getValue();
    }

    private static String key(Content content) {
        return PackedModel.sha256(
                content instanceof Content.Text text
                        ? text.text().getBytes(StandardCharsets.UTF_8)
                        : ((Content.Media) content).bytes());
    }
}
