// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.pack.ModelKind;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON in UTF-8, and what is none. */
class JsonTreeTest {

    private static IngestRecord read(byte[] value) throws Exception {
        PipelineConfig config = PipelineFile.parse("p", """
                modalities: {m: {encoder: e, topic: t, format: json, event: {
                  event_id: $.id, subject_id: $.id, payload: $.text, attributes: {tag: $.tag}}}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment}}
                emit: {attributes: [tag]}
                """);
        return EventReader.of(config, config.modalities().get(0), ModelKind.TEXT_ENCODER, null)
                .read(new Coordinates("t", 0, 7, 1_000, null, value, Map.of()));
    }

    private static IngestRecord read(String json) throws Exception {
        return read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String outcome(IngestRecord record) {
        return record instanceof IngestRecord.Rejected rejected ? rejected.code() + ": " + rejected.message() : "event";
    }

    /** A byte that stands for the given ones. */
    private static byte[] with(String hex, String json) {
        return HexFormat.of()
                .parseHex(HexFormat.of()
                        .formatHex(json.getBytes(StandardCharsets.UTF_8))
                        .replace(HexFormat.of().toHexDigits((byte) '?'), hex));
    }

    @ParameterizedTest
    @ValueSource(strings = {"c080", "c1a1", "e08080", "f0808080", "eda080", "edb080", "f4908080", "ff", "80", "e282"})
    void bytesThatAreNoUtf8AreOneDeadLetterWhereverTheyAre(String hex) throws Exception {
        for (String json : new String[] {
            "{\"id\": \"a?\", \"text\": \"x\"}", "{\"id\": \"a\", \"text\": \"x\", \"?\": 1}", "{\"other\": [\"?\"]}"
        }) {
            assertThat(outcome(read(with(hex, json))))
                    .isEqualTo("UNDECODABLE: not UTF-8 at byte " + json.indexOf('?')
                            + " of the JSON, counted from 0; produce JSON in UTF-8");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\": \"a\"}", "\u0000\u0012text", "\u0002abc"})
    void theConfluentWireFormatIsNamed(String body) throws Exception {
        assertThat(outcome(read("\u0000\u0000\u0000\u0000\u0009" + body)))
                .isEqualTo("UNDECODABLE: not JSON: the value begins with byte 0 and what looks like schema id 9, the "
                        + "Confluent wire format; set format: json-schema, protobuf or avro, as the producer writes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE", "X-UTF-32LE-BOM"})
    void otherEncodingsOfUnicodeAreDeadLetters(String charset) throws Exception {
        for (String json : new String[] {"{\"id\": \"a\", \"text\": \"x\"}", "7"}) {
            assertThat(outcome(read(json.getBytes(Charset.forName(charset)))))
                    .startsWith("UNDECODABLE: not UTF-8 at byte ");
        }
    }

    @Test
    void utf8MayHaveAByteOrderMark() throws Exception {
        IngestRecord.Event event =
                (IngestRecord.Event) read("\uFEFF{\"id\": \"\u4e2d\uD83D\uDE00\", \"text\": \"Gr\u00fc\u00dfe\"}");
        assertThat(event.eventId()).isEqualTo("\u4e2d\uD83D\uDE00");
        assertThat(event.content()).isEqualTo(new Content.Text("Gr\u00fc\u00dfe"));
    }

    /** Two ids with different halves would be the same once written. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "event_id ($.id)        | {'id': 'ab\\ud800', 'text': 'x'}",
                "event_id ($.id)        | {'id': 'ab\\udc00\\ud800', 'text': 'x'}",
                "payload ($.text)       | {'id': 'a', 'text': 'ab\\ud83d'}",
                "attributes.tag ($.tag) | {'id': 'a', 'text': 'x', 'tag': 'ab\\udfff.'}",
                "attributes.tag ($.tag) | {'id': 'a', 'text': 'x', 'tag': ['\\ud83d\\ude00', 'b\\ud800c']}"
            })
    void halfAPairOfSurrogatesIsADeadLetterOfTheFieldThatHasIt(String field, String json) throws Exception {
        assertThat(outcome(read(json.replace('\'', '"'))))
                .startsWith("INVALID_EVENT: " + field + " has half of a surrogate pair at character ")
                .endsWith("expected whole characters; correct the producer, which may have cut the text");
    }

    @Test
    void pairsAndHalvesThatNoFieldHasAreAccepted() throws Exception {
        IngestRecord.Event event =
                (IngestRecord.Event) read("{\"id\": \"\\ud83d\\ude00\", \"text\": \"x\", \"other\": \"\\ud800\"}");
        assertThat(event.eventId()).isEqualTo("\uD83D\uDE00");
        assertThat(outcome(read("{\"id\": \"a\", \"text\": \"x\", \"\\udc00\": 1}")))
                .as("as a name")
                .startsWith("UNDECODABLE: not JSON at line 1, column 33");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'id': | line 1, column 7: it ends where more is expected; the value is cut off",
                "{'id': 'ab | line 1, column 11: it ends where more is expected; the value is cut off",
                "{} {} | line 1, column 4: something follows the end of the JSON; send one JSON value a record",
                "{'id': 1, 'id': 2} | line 1, column 15: an object has the name 'id' twice; send each name once",
                "hello, world | line 1, column 1: what is there cannot be, near 'hello, world'; produce JSON as RFC 8259 has it",
                "{'a': NaN} | line 1, column 10: what is there cannot be, near '{'a': NaN}'; produce JSON as RFC 8259 has it",
                "{'a': 01} | line 1, column 8: what is there cannot be, near '{'a': 01}'; produce JSON as RFC 8259 has it",
                "{'secret': 'keep this', 'a': 1,} | line 1, column 32: what is there cannot be, near 'is', 'a': 1,}'; "
                        + "produce JSON as RFC 8259 has it"
            })
    void whatIsNoJsonIsOneDeadLetterThatNamesThePlace(String json, String expected) throws Exception {
        assertThat(outcome(read(json.replace('\'', '"'))))
                .isEqualTo("UNDECODABLE: not JSON at " + expected.replace('\'', '"'));
    }

    @Test
    void controlCharactersOfARecordDoNotReachTheMessage() throws Exception {
        assertThat(outcome(read("{\"id\": \"a\nb\u001b[2J\"}")))
                .isEqualTo("UNDECODABLE: not JSON at line 1, column 10: what is there cannot be, near "
                        + "\"{\"id\": \"a\uFFFDb\uFFFD[2J\"}\"; produce JSON as RFC 8259 has it");
        assertThat(outcome(read("{\"\u001b[2J\u001b\": 1}".replace("\u001b", "\\u001b") + "x")))
                .startsWith("UNDECODABLE: not JSON")
                .doesNotContain("\u001b");
        assertThat(outcome(read("{\"" + "n".repeat(1_000) + "\": 1, \"" + "n".repeat(1_000) + "\": 2}")))
                .contains("the name \"" + "n".repeat(40) + "...\" twice")
                .hasSizeLessThan(200);
    }

    @Test
    void limitsAreNamed() throws Exception {
        assertThat(outcome(read("[".repeat(100_000)))).contains(": it is nested more than 1000 levels deep; send less");
        assertThat(outcome(read("{\"a\": " + "9".repeat(10_000) + "}")))
                .contains(": a number has more than 1000 digits; send less");
        assertThat(outcome(read("{\"a\": \"" + "A".repeat(20_000_004) + "\"}")))
                .contains(": a text has more than 20000000 characters; send less");
        assertThat(outcome(read("{\"" + "A".repeat(50_001) + "\": 1}")))
                .contains(": a name has more than 50000 characters; send less");
        assertThat(outcome(read("[" + "[],".repeat(1_000_000) + "0]")))
                .contains(": it has more than 2000000 tokens; send less");
    }
}
