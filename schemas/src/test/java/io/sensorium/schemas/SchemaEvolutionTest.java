package io.sensorium.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers upgrade first or last as they like: every schema reads what the released one wrote. */
class SchemaEvolutionTest {

    @ParameterizedTest
    @ValueSource(strings = {"ImageEvent", "TextEvent", "AudioEvent", "SentimentResult", "MatchResult", "FusionResult", "CaptionResult",
        "ShadowResult", "IncompleteWindow", "LateEvent", "DeadLetter", "ModerationDecision", "Rollup"})
    void readsWhatTheReleasedSchemaWrote(String name) throws IOException {
        Schema now = parse("/avro/" + name + ".avsc");
        Schema released = parse("/golden/" + name + ".avsc");
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(now, released).getType())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ImageEvent", "TextEvent", "AudioEvent", "SentimentResult", "MatchResult", "FusionResult", "CaptionResult",
        "ShadowResult", "IncompleteWindow", "LateEvent", "DeadLetter", "ModerationDecision", "Rollup"})
    void documentsEveryField(String name) throws IOException {
        List<String> bare = new ArrayList<>();
        collectUndocumented(parse("/avro/" + name + ".avsc"), bare);
        assertThat(bare).isEmpty();
    }

    private static void collectUndocumented(Schema schema, List<String> bare) {
        switch (schema.getType()) {
            case RECORD -> schema.getFields().forEach(field -> {
                if (field.doc() == null || field.doc().isBlank()) {
                    bare.add(schema.getName() + "." + field.name());
                }
                collectUndocumented(field.schema(), bare);
            });
            case ARRAY -> collectUndocumented(schema.getElementType(), bare);
            case UNION -> schema.getTypes().forEach(type -> collectUndocumented(type, bare));
            default -> { }
        }
    }

    private static Schema parse(String resource) throws IOException {
        try (InputStream in = SchemaEvolutionTest.class.getResourceAsStream(resource)) {
            return new Schema.Parser().parse(in);
        }
    }
}
