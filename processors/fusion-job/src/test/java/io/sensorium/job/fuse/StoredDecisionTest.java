// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.results.KnownContent;
import io.sensorium.results.ModerationDecision;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.util.RandomData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredDecisionTest {

    @Test
    void aDecisionIsReadAsItWasStored() {
        ModerationDecision decision = new ModerationDecision(
                "id",
                "subject",
                Instant.ofEpochMilli(1),
                Instant.ofEpochMilli(2),
                "FINAL",
                0,
                false,
                List.of("text"),
                List.of(),
                Map.of(),
                Map.of(),
                "moderation.r",
                null,
                Instant.ofEpochMilli(3),
                "r",
                1,
                "forced",
                "ENFORCE",
                "hide",
                "HIGH",
                Map.of("a", 1.5),
                List.of(),
                Map.of("slurs", "00"),
                new KnownContent("k", "spam", "pdq", 3.0));
        assertThat(StoredDecision.read(StoredDecision.bytes(decision))).isEqualTo(decision);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, StoredDecision.EARLIER})
    void aDecisionOfAnEarlierBuildIsReadWithTheNamesOfEnumerations(int number) throws Exception {
        Schema before = StoredDecision.earlier(number);
        GenericRecord stored =
                (GenericRecord) new RandomData(before, 1, 11).iterator().next();
        ByteBuffer encoded = new BinaryMessageEncoder<GenericRecord>(GenericData.get(), before).encode(stored);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);

        ModerationDecision read = StoredDecision.read(bytes);

        assertThat(read.getStatus()).isEqualTo(stored.get("status").toString());
        assertThat(read.getMode()).isEqualTo(stored.get("mode").toString());
        assertThat(read.getSeverity()).isEqualTo(stored.get("severity").toString());
        assertThat(read.getResultId()).isEqualTo(stored.get("result_id").toString());
        assertThat(StoredDecision.read(StoredDecision.bytes(read))).isEqualTo(read);
    }

    @Test
    void bytesOfAnUnknownSchemaAreRefused() {
        assertThatThrownBy(() -> StoredDecision.read(new byte[] {(byte) 0xc3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0}))
                .isInstanceOf(MissingSchemaException.class);
    }
}
