// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import static io.sensorium.job.bank.BankRecords.HASH;
import static io.sensorium.job.bank.BankRecords.bytes;
import static io.sensorium.job.bank.BankRecords.embedding;
import static io.sensorium.job.bank.BankRecords.entry;
import static io.sensorium.job.bank.BankRecords.image;
import static io.sensorium.job.bank.BankRecords.text;
import static io.sensorium.job.bank.BankRecords.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.bank.BankEntry;
import io.sensorium.job.bank.BankEntries.Read;
import io.sensorium.job.records.FailureCode;
import io.sensorium.operators.bank.KnownItem;
import io.sensorium.operators.bank.NormalizedText;
import io.sensorium.operators.bank.PdqHash;
import java.io.IOException;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BankEntriesTest {

    private final BankRecords.Registry registry = new BankRecords.Registry();
    private final BankEntries entries = BankRecords.entries(registry);

    private KnownItem put(BankEntry entry) throws IOException {
        return ((Read.Put) entries.read(bytes("id"), value(entry))).item();
    }

    @Test
    void entriesOfEveryKindAreRead() throws IOException {
        assertThat(put(image(HASH)))
                .isEqualTo(new KnownItem("id", "spam", new KnownItem.Image(PdqHash.parse(HASH), 20)));
        BankEntry own = image(HASH);
        own.setThreshold(31.0);
        assertThat(put(own).pattern()).isEqualTo(new KnownItem.Image(PdqHash.parse(HASH), 31));
        assertThat(put(text("Buy now!")).pattern())
                .isEqualTo(
                        new KnownItem.Text(NormalizedText.fingerprint("buynow").orElseThrow()));
        KnownItem.Vector vector =
                (KnownItem.Vector) put(embedding("clip@1", 0.95, 1, 2, 3, 4)).pattern();
        assertThat(vector.vector()).containsExactly(1, 2, 3, 4);
        assertThat(vector.encoder()).isEqualTo("clip@1");
        // Of an encoder that the pipeline does not have, any length.
        assertThat(put(embedding("other", 0.95, 1)).pattern()).isInstanceOf(KnownItem.Vector.class);
    }

    @Test
    void entriesInJsonAreReadAndMissingFieldsHaveTheirDefaults() throws IOException {
        Read read = entries.read(
                bytes("grüße"),
                bytes("{\"label\": \"spam\", \"kind\": \"image\", \"hash\": \"" + HASH + "\", \"threshold\": 5}"));
        assertThat(read)
                .isEqualTo(new Read.Put(new KnownItem("grüße", "spam", new KnownItem.Image(PdqHash.parse(HASH), 5))));
    }

    @Test
    void aRecordWithoutAValueRemoves() throws IOException {
        assertThat(entries.read(bytes("id"), null)).isEqualTo(new Read.Removal("id"));
    }

    private static BankEntry with(BankEntry entry, Consumer<BankEntry> change) {
        change.accept(entry);
        return entry;
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                Arguments.of(entry("picture"), "kind: is \"picture\", expected one of [image, text, embedding]"),
                Arguments.of(entry("imge"), "did you mean \"image\"?"),
                Arguments.of(with(image(HASH), each -> each.setLabel(" ")), "label: has 0 characters"),
                Arguments.of(with(image(HASH), each -> each.setLabel("x".repeat(201))), "label: has 201 characters"),
                Arguments.of(
                        with(image(HASH), each -> each.setLabel("x" + " ".repeat(200))), "label: has 201 characters"),
                Arguments.of(image(null), "hash: is missing"),
                Arguments.of(image("abc"), "hash: has 3 characters, expected 64 hexadecimal digits"),
                Arguments.of(image("z" + HASH.substring(1)), "hash: has the character 'z' at place 0"),
                Arguments.of(image("0".repeat(64)), "hash: 0 of its 256 bits are set"),
                Arguments.of(image("f".repeat(64)), "hash: 256 of its 256 bits are set"),
                Arguments.of(with(image(HASH), each -> each.setThreshold(32.0)), "threshold: is 32.0"),
                Arguments.of(with(image(HASH), each -> each.setThreshold(0.5)), "threshold: is 0.5"),
                Arguments.of(with(image(HASH), each -> each.setThreshold(-1.0)), "threshold: is -1.0"),
                Arguments.of(with(image(HASH), each -> each.setThreshold(Double.NaN)), "threshold: is NaN"),
                Arguments.of(text(null), "text: is missing"),
                Arguments.of(text("?!\u200b"), "text: is of white space and punctuation alone"),
                Arguments.of(text("\uFDFA".repeat(100_000)), "more than 4 times its 100000 characters"),
                Arguments.of(with(text("a"), each -> each.setThreshold(1.0)), "threshold: is 1.0, but texts"),
                Arguments.of(embedding(null, 0.9, 1, 2, 3, 4), "model: is missing"),
                Arguments.of(embedding("clip@1", 0.9), "embedding: has 0 numbers"),
                Arguments.of(embedding("clip@1", 0.9, 1, 2), "embedding: has 2 numbers, clip@1 gives 4"),
                Arguments.of(embedding("clip@1", 0.9, 1, Float.NaN, 3, 4), "embedding: number 1 is NaN"),
                Arguments.of(
                        embedding("clip@1", 0.9, 1, 2, 3, Float.POSITIVE_INFINITY), "embedding: number 3 is Infinity"),
                Arguments.of(embedding("clip@1", 0.9, 0, 0, 0, 0), "embedding: all of its numbers are 0"),
                Arguments.of(embedding("clip@1", null, 1, 2, 3, 4), "threshold: is missing"),
                Arguments.of(embedding("clip@1", 1.0, 1, 2, 3, 4), "threshold: is 1.0"),
                Arguments.of(embedding("clip@1", Double.NaN, 1, 2, 3, 4), "threshold: is NaN"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void whatIsWrongWithAnEntryIsNamed(BankEntry entry, String message) throws IOException {
        Read.Bad bad = (Read.Bad) entries.read(bytes("id"), value(entry));
        assertThat(bad.code()).isEqualTo(FailureCode.INVALID_BANK_ENTRY);
        assertThat(bad.message()).contains(message);
        assertThat(bad.id()).isEqualTo("id");
    }

    @Test
    void recordsThatAreNoEntriesHaveTheCodesOfEvents() throws IOException {
        byte[] sound = value(image(HASH));
        byte[] strange = sound.clone();
        strange[4] = 8;
        assertThat(code(bytes("id"), bytes("hello"))).isEqualTo(FailureCode.UNDECODABLE);
        assertThat(code(bytes("id"), new byte[0])).isEqualTo(FailureCode.UNDECODABLE);
        assertThat(code(bytes("id"), bytes("{\"label\": 5}"))).isEqualTo(FailureCode.UNDECODABLE);
        assertThat(code(bytes("id"), strange)).isEqualTo(FailureCode.UNKNOWN_SCHEMA);
        assertThat(code(null, sound)).isEqualTo(FailureCode.INVALID_BANK_ENTRY);
        assertThat(code(new byte[0], null)).isEqualTo(FailureCode.INVALID_BANK_ENTRY);
        assertThat(code(new byte[] {(byte) 0xff}, sound)).isEqualTo(FailureCode.INVALID_BANK_ENTRY);
        assertThat(code(new byte[1025], sound)).isEqualTo(FailureCode.INVALID_BANK_ENTRY);
    }

    private FailureCode code(byte[] key, byte[] value) throws IOException {
        return ((Read.Bad) entries.read(key, value)).code();
    }

    @Test
    void aRegistryThatDoesNotAnswerIsNotTheRecordsFault() {
        registry.down.set(true);
        assertThatThrownBy(() -> entries.read(bytes("id"), value(image(HASH)))).isInstanceOf(IOException.class);
    }

    @Test
    void anyBytesAreReadOrRefused() throws IOException {
        Random random = new Random(23);
        int bad = 0;
        for (int i = 0; i < 20_000; i++) {
            bad += entries.read(bytes("k"), BankRecords.noise(random)) instanceof Read.Bad ? 1 : 0;
        }
        assertThat(bad).isGreaterThan(10_000);
    }
}
