// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static io.sensorium.job.config.MinimalPipeline.MINIMAL;
import static io.sensorium.job.config.MinimalPipeline.problems;
import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.operator.Context;
import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.captions.CaptionsOperator;
import io.sensorium.job.operator.sentiment.SentimentOperator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings of single operators are read, and refused where the operator cannot work with them. */
class PipelineFileOperatorsTest {

    @Test
    void captionsReadTheirPhrasesAndSayWhatIsWrongWithThem(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("phrases.txt"), "a dog runs\n\n  a boy jumps \na dog runs\n");
        String yaml = MINIMAL + "  c: {type: captions, from: image, phrases: \"" + file + "\", top: 2}\n";
        assertThat(PipelineFile.parse("p.yaml", yaml).operators().get(1))
                .isEqualTo(new CaptionsOperator(
                        "c", "image", List.of("a dog runs", "a boy jumps"), 2, "", false, "results.c"));
        assertThat(problems(yaml.replace("phrases.txt", "phrase.txt")))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("operators.c.phrases", "cannot be read"));
        Files.writeString(file, " \n");
        assertThat(problems(yaml))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("has 0 phrases", "one a line"));
        assertThat(problems(yaml.replace("from: image", "from: imgae")))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem).contains("operators.c.from", "image"));
        Files.write(file, new byte[] {(byte) 0xc3, (byte) 0x28});
        assertThat(problems(yaml))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("not UTF-8"));
    }

    @Test
    void everyOperatorButTheFirstMayBeOptional() throws Exception {
        String more = MINIMAL
                + "  m: {type: match, pairs: [[image, text]], optional: true}\n  o: {type: onnx, model: x, optional: true}\n";
        assertThat(PipelineFile.parse("p.yaml", more).operators())
                .extracting(Operator::optional)
                .containsExactly(false, true, true);
        assertThat(problems(MINIMAL.replace("{type: sentiment}", "{type: sentiment, optional: true}")))
                .singleElement()
                .asString()
                .startsWith("operators.sentiment.optional")
                .contains("first operator", "roll-ups");
        assertThat(problems(more.replace(
                        "pairs: [[image, text]], optional: true", "pairs: [[image, text]], optional: perhaps")))
                .singleElement()
                .asString()
                .contains("operators.m.optional", "perhaps", "true or false");
    }

    @Test
    void inputsAreAModalityOrAListBySlotEachModalityOnce() throws Exception {
        String yaml = MINIMAL.replace("{type: sentiment}", "{type: sentiment, inputs: {text: [text], image: image}}");
        SentimentOperator sentiment = (SentimentOperator)
                PipelineFile.parse("p.yaml", yaml).operators().get(0);
        assertThat(sentiment.inputs()).isEqualTo(Map.of("text", List.of("text"), "image", List.of("image")));
        assertThat(problems(yaml.replace("image: image", "image: [text, imgae], audio: []")))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("operators.sentiment.inputs.image", "\"text\"", "inputs.text names already"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("operators.sentiment.inputs.image", "\"imgae\"", "did you mean \"image\""))
                .anySatisfy(problem -> assertThat(problem).contains("operators.sentiment.inputs.audio", "is empty"))
                .hasSize(3);
        assertThat(problems(yaml.replace("{text: [text], image: image}", "text")))
                .singleElement()
                .asString()
                .contains("operators.sentiment.inputs", "expected a mapping");
    }

    @Test
    void aContextNeedsWindowsThatStand() throws Exception {
        String yaml = MINIMAL.replace(
                "{type: sentiment}", "{type: sentiment, explain: true, context: {windows: 3, ttl: 1m}}");
        Operator operator = PipelineFile.parse("p.yaml", yaml).operators().get(0);
        assertThat(operator.context()).isEqualTo(new Context(3, Duration.ofMinutes(1)));
        assertThat(operator.explain()).isTrue();
        assertThat(problems(yaml + "align: {allowed_lateness: 5s}\n"))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("operators.sentiment.context", "allowed_lateness"));
        assertThat(problems(yaml.replace("windows: 3", "windows: 300")))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("context.windows", "1 to 64"));
    }
}
