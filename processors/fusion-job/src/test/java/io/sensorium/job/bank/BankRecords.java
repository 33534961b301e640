// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.config.BankSettings;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** Records of a bank's topic, as tests write them. */
final class BankRecords {

    static final String TOPIC = "moderation.bank";
    static final BankSettings SETTINGS = new BankSettings(TOPIC, OutputFormat.AVRO, 20, 50, Duration.ofMinutes(1));
    static final String HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

    private static final WireFormatEncoder<BankEntry> ENCODER = new WireFormatEncoder<>(BankEntry.getClassSchema(), 7);

    private BankRecords() {}

    /** A registry that has the schema of entries under id 7. */
    static final class Registry implements SchemaRegistry {
        final AtomicBoolean down = new AtomicBoolean();

        @Override
        public int register(String subject, String avroSchema) {
            return 7;
        }

        @Override
        public String schemaOf(int id) throws IOException {
            if (down.get()) {
                throw new IOException("the registry does not answer");
            }
            if (id != 7) {
                throw new UnknownSchemaException(id, null);
            }
            return BankEntry.getClassSchema().toString();
        }
    }

    static BankEntries entries(SchemaRegistry registry) {
        return new BankEntries(registry, SETTINGS, Map.of("clip@1", 4));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] value(BankEntry entry) {
        return ENCODER.encode(entry);
    }

    static BankEntry entry(String kind) {
        BankEntry entry = new BankEntry();
        entry.setLabel("spam");
        entry.setKind(kind);
        return entry;
    }

    static BankEntry image(String hash) {
        BankEntry entry = entry("image");
        entry.setHash(hash);
        return entry;
    }

    static BankEntry text(String text) {
        BankEntry entry = entry("text");
        entry.setText(text);
        return entry;
    }

    static BankEntry embedding(String model, Double threshold, float... numbers) {
        BankEntry entry = entry("embedding");
        entry.setModel(model);
        entry.setThreshold(threshold);
        entry.setEmbedding(
                IntStream.range(0, numbers.length).mapToObj(i -> numbers[i]).toList());
        return entry;
    }

    /** Bytes of which few are a record. */
    static byte[] noise(Random random) {
        List<byte[]> sound = List.of(
                value(image(HASH)),
                value(text("hello")),
                value(embedding("clip@1", 0.9, 1, 2, 3, 4)),
                bytes("{\"label\":\"a\"}"));
        byte[] bytes = sound.get(random.nextInt(sound.size())).clone();
        for (int changes = random.nextInt(4); changes >= 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return java.util.Arrays.copyOf(bytes, random.nextInt(2 * bytes.length));
    }
}
