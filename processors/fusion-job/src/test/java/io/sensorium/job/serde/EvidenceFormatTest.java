// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.serde;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.job.alignment.Evidence.Reading;
import io.sensorium.operators.encode.Passage;
import io.sensorium.operators.encode.Passage.Box;
import io.sensorium.operators.encode.Passage.Interval;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EvidenceFormatTest {

    static Stream<Evidence> evidence() {
        return Stream.of(
                null,
                new Evidence(null, List.of(), null),
                new Evidence("", List.of(), null),
                new Evidence(null, List.of(), null, new Reading(7, Map.of("length(text)", 7.0), List.of())),
                new Evidence(
                        "😀 x",
                        List.of(),
                        new KnownItem("7", "spam", "pdq", 31),
                        new Reading(
                                3,
                                Map.of("terms(\"l\", text)", 2.0, "text contains \"x\"", 1.0),
                                List.of(new FoundTerm("l", "x", 2, 3), new FoundTerm("m", "ß", 2, 3)))),
                new Evidence("Grüße \uD83D\uDE00", List.of(), new KnownItem("7", "spam", "pdq", 31)),
                new Evidence(
                        "one two three",
                        List.of(
                                new Passage("one", 0.5, new Interval(0, 15_000)),
                                new Passage("two", 1, new Box(0, 1, 640, 480)),
                                new Passage("three", 0, null)),
                        null));
    }

    @ParameterizedTest
    @MethodSource("evidence")
    void anEventIsReadAsItWasWritten(Evidence evidence) throws IOException {
        for (String trace : new String[] {null, "00-trace"}) {
            EncodedEvent event = new EncodedEvent(
                    1, "id", 2, 3, 4, 5, List.of(), Map.of("a", "b"), Map.of("s", 1.0), trace, evidence);
            DataOutputSerializer out = new DataOutputSerializer(64);

            EncodedEventFormat.write(event, out);

            DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
            assertThat(EncodedEventFormat.read(in)).isEqualTo(event);
            assertThat(in.available()).isZero();
        }
    }
}
