// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.operator.BoundOperator;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heads that a pipeline file's operators come to, with the bundled pack. */
class PipelineModelsTest {

    private static final String ALL = """
            modalities:
              text: {encoder: text-bge-small-en}
              image: {encoder: image-inception-mixed5}
              audio: {encoder: audio-speech-embedding}
            """;

    private static List<BoundOperator> heads(String modalities, String operator) throws Exception {
        List<String> problems = new ArrayList<>();
        List<BoundOperator> heads = PipelineModels.resolve(
                        PipelineFile.parse(
                                "p.yaml",
                                modalities + "align: {min_modalities: 1}\noperators:\n  mine: {" + operator + "}\n"),
                        problems,
                        new ArrayList<>())
                .map(PipelineModels::operators)
                .orElse(List.of());
        assertThat(problems).isEmpty();
        return heads;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "early",
                "late-concat",
                "late-sum",
                "late-product",
                "late-attention",
                "hierarchical",
                "tensor",
                "attention",
                "single-stream"
            })
    void everyFusionHasABundledHeadThatTakesAnyModality(String fusion) throws Exception {
        for (String modalities : List.of(ALL, "modalities:\n  text: {encoder: text-bge-small-en}\n")) {
            assertThat(heads(modalities, "type: sentiment, fusion: " + fusion))
                    .singleElement()
                    .satisfies(head -> {
                        assertThat(head.head().manifest().name()).isEqualTo("sentiment-" + fusion);
                        assertThat(head.need().accepts(1)).isTrue();
                    });
        }
    }

    @Test
    void lateIsLearnedAttention() throws Exception {
        assertThat(heads(ALL, "type: sentiment, fusion: late")
                        .get(0)
                        .head()
                        .manifest()
                        .name())
                .isEqualTo("sentiment-late-attention");
    }

    @Test
    void aHeadOfThisProjectRunsAsAnOnnxOperatorWithoutFurtherWords() throws Exception {
        BoundOperator emotion =
                heads(ALL, "type: onnx, model: speech-emotion-early").get(0);
        OperatorNeed need = emotion.need();
        // By name the modalities are audio, image, text; the head hears.
        assertThat(need.accepts(0b001)).isTrue();
        assertThat(need.accepts(0b110)).isFalse();
    }

    @Test
    void aPackWithAProblemDoesNotHideThoseOfTheRest(@TempDir Path folder) throws Exception {
        Path pack = Files.createDirectories(folder.resolve("pack"));
        Files.writeString(pack.resolve("pack.yaml"), "{name: mine, version: 1.0.0, models: [broken]}");
        Files.writeString(Files.createDirectory(pack.resolve("broken")).resolve("model.yaml"), """
                name: my-images
                version: 1.0.0
                kind: image-encoder
                licence: MIT
                source: a test
                terms: {commercial: "yes", data: []}
                dimension: 8
                preprocessing: {sidee: 224}
                graphs: {model: {file: model.onnx, sha256: "00", inputs: {x: [-1, 3, 224, 224]}, outputs: {y: [-1, 8]}}}
                """);
        Path file = folder.resolve("pipeline.yaml");
        Files.writeString(file, """
                packs: [pack, absent]
                modalities: {image: {encoder: my-images}, text: {encoder: text-bge-smal-en}}
                operators:
                  sentiment: {type: sentiment, model: sentiment-hierarchicall}
                  captions: {type: captions, from: image, phrases: none.txt}
                """);
        PipelineFile.Draft draft = PipelineFile.draft(file);
        List<String> problems = new ArrayList<>(draft.problems());
        PipelineModels.Found found = PipelineModels.find(draft.config(), problems, new ArrayList<>());
        assertThat(problems)
                .hasSize(5)
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("operators.captions.phrases")
                        .contains("there is no file " + folder.resolve("none.txt")))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith(pack.resolve("broken/model.yaml").toString())
                        .contains("preprocessing.sidee"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("packs: ")
                        .contains(folder.resolve("absent") + " holds no pack.yaml"))
                .anySatisfy(problem -> assertThat(problem).startsWith("modalities.text.encoder: no model"))
                .anySatisfy(problem -> assertThat(problem).startsWith("operators.sentiment.model: no "));
        assertThat(found.encoders()).containsExactly(null, null);
        assertThat(found.bound()).isEmpty();
    }

    @Test
    void whatCannotGoOnWithoutTheModelsIsToldAllOfTheirProblems() throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", """
                modalities: {image: {encoder: image-inceptoin}, text: {encoder: text-bge-smal-en}}
                operators: {sentiment: {type: sentiment}}
                """);
        assertThatThrownBy(() -> PipelineModels.require("p.yaml", config, new ArrayList<>()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("p.yaml: 2 problems", "modalities.image.encoder", "modalities.text.encoder");
    }

    private static final String PARTS = """
            modalities:
              text: {encoder: text-bge-tokens}
              image: {encoder: image-objects}
              audio: {encoder: audio-speech-frames}
            """;

    private static List<String> problems(String modalities, String operator) throws Exception {
        List<String> problems = new ArrayList<>();
        PipelineModels.resolve(
                PipelineFile.parse(
                        "p.yaml", modalities + "align: {min_modalities: 1}\noperators:\n  mine: {" + operator + "}\n"),
                problems,
                new ArrayList<>());
        return problems;
    }

    @Test
    void encodersWithPartsFeedTheHeadsOfThoseThatTheyBeginWithAndTokenHeadsGoFirst() throws Exception {
        assertThat(heads(PARTS, "type: sentiment, fusion: hierarchical"))
                .singleElement()
                .satisfies(head -> {
                    assertThat(head.head().manifest().name()).isEqualTo("sentiment-hierarchical");
                    assertThat(head.slots().modalities()).doesNotContain(0);
                });
        for (String fusion : List.of("attention", "single-stream")) {
            assertThat(heads(PARTS, "type: sentiment, explain: true, fusion: " + fusion))
                    .singleElement()
                    .satisfies(head -> {
                        assertThat(head.head().manifest().name()).isEqualTo("sentiment-tokens-" + fusion);
                        assertThat(head.slots().modalities()).doesNotContain(0);
                    });
        }
        assertThat(heads(PARTS, "type: match, pairs: [[image, text]]")
                        .get(0)
                        .head()
                        .manifest()
                        .name())
                .isEqualTo("match-objects");
        assertThat(heads(ALL, "type: match, pairs: [[image, text]]")
                        .get(0)
                        .head()
                        .manifest()
                        .name())
                .isEqualTo("match-dual-encoder");
    }

    @Test
    void whatAHeadCannotDoIsSaidAtTheStartWithThoseThatCan() throws Exception {
        assertThat(problems(PARTS, "type: sentiment, fusion: hierarchical, explain: true"))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("operators.mine.explain", "sentiment-hierarchical", "sentiment-tokens-attention"));
        assertThat(problems(ALL, "type: sentiment, fusion: early, context: {windows: 12}"))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem).contains("operators.mine.context.windows", "is 12", "at most 6"));
        assertThat(problems(ALL, "type: sentiment, model: mosi-context-early"))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("add context: {windows: 6"));
        assertThat(problems(ALL, "type: sentiment, model: sentiment-early, context: {windows: 2}"))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("reads no earlier windows", "mosi-context-early"));
        assertThat(heads(ALL, "type: sentiment, fusion: early, context: {windows: 2}")
                        .get(0)
                        .head()
                        .manifest()
                        .name())
                .isEqualTo("mosi-context-early");
    }

    /** Found by the shapes that the manifest states: the probe would run out of memory. */
    @Test
    void aRowThatNoRecordCanHoldIsRefusedBeforeTheModelRuns(@TempDir Path pack) throws Exception {
        byte[] graph = {1, 2, 3};
        Path model = Files.createDirectories(pack.resolve("wide"));
        Files.write(model.resolve("model.onnx"), graph);
        Files.writeString(pack.resolve("pack.yaml"), "name: wide\nversion: 1.0.0\nmodels: [wide]\n");
        String modalities =
                "packs: [\"" + pack + "\"]\n" + "modalities: {sensor: {topic: s, embedding: {dimension: 2}}}\n";
        for (long n : new long[] {200_000_000, Long.MAX_VALUE, 2_097_152 - 8, 2_097_152 - 9}) {
            Files.writeString(model.resolve("model.yaml"), """
                    name: wide
                    version: 1.0.0
                    kind: fusion-head
                    description: x
                    licence: MIT
                    source: x
                    terms: {commercial: yes, data: [x]}
                    batch_invariant: true
                    max_batch: 16
                    graphs:
                      model:
                        file: model.onnx
                        sha256: %s
                        inputs: {x: [-1, 2]}
                        outputs: {y: [-1, %d], z: [-1, 8]}
                    """.formatted(PackedModel.sha256(graph), n));
            List<String> all = problems(modalities, "type: onnx, model: wide, inputs: {x: sensor}");
            if (n < 2_097_152 - 8) {
                assertThat(all).isEmpty();
            } else {
                assertThat(all)
                        .singleElement()
                        .asString()
                        .startsWith("operators.mine: ")
                        .contains("numbers a window", "16777216 bytes", "operators.mine.outputs");
            }
            assertThat(problems(modalities, "type: onnx, model: wide, inputs: {x: sensor}, outputs: {a: z}"))
                    .as("the wide output is not used")
                    .isEmpty();
        }
    }

    @Test
    void aMistypedModelIsNamedWithTheNearestAndAStrangeOneWithAll() throws Exception {
        String operator = "type: sentiment";
        assertThat(problems(ALL.replace("text-bge-small-en", "text-bge-smal-en"), operator))
                .singleElement()
                .asString()
                .startsWith("modalities.text.encoder: ")
                .endsWith("; did you mean \"text-bge-small-en\"?");
        assertThat(problems(ALL.replace("text-bge-small-en", "text-bge-smal-en@1.5.0/fp32"), operator))
                .singleElement()
                .asString()
                .contains("did you mean \"text-bge-small-en@");
        assertThat(problems(ALL.replace("text-bge-small-en", "whisper"), operator))
                .singleElement()
                .asString()
                .contains("known are [", "audio-speech-embedding", "text-bge-small-en");
        assertThat(problems(ALL, "type: sentiment, model: sentiment-erly"))
                .singleElement()
                .asString()
                .startsWith("operators.mine.model: ")
                .endsWith("; did you mean \"sentiment-early\"?");
    }

    private static final String TWO_TEXTS = """
            modalities:
              caption: {encoder: text-bge-small-en}
              image: {encoder: image-inception-mixed5}
              writing: {encoder: text-bge-small-en}
            """;

    @Test
    void modalitiesThatFitTheSameSlotAreRefusedWithInputsThatWork() throws Exception {
        assertThat(problems(TWO_TEXTS, "type: sentiment"))
                .singleElement()
                .asString()
                .contains(
                        "operators.mine",
                        "[caption, writing]",
                        "inputs: {text: caption}",
                        "inputs: {text: [caption, writing]}");
        for (String inputs : List.of("caption", "[caption, writing]")) {
            BoundOperator head = heads(TWO_TEXTS, "type: sentiment, inputs: {text: " + inputs + "}")
                    .get(0);
            assertThat(head.slots().modalities()[head.slots().slot("text")])
                    .isEqualTo(inputs.equals("caption") ? 0b001 : 0b101);
            assertThat(head.slots().modalities()[head.slots().slot("image")])
                    .as("a slot that is not named is fed by encoder")
                    .isEqualTo(0b010);
            assertThat(head.need().accepts(0b100)).isEqualTo(!inputs.equals("caption"));
        }
        assertThat(problems(TWO_TEXTS, "type: sentiment, inputs: {txt: caption, text: image}"))
                .anySatisfy(
                        problem -> assertThat(problem).contains("operators.mine.inputs.txt", "did you mean \"text\""))
                .anySatisfy(problem -> assertThat(problem)
                        .contains(
                                "operators.mine.inputs.text",
                                "image is encoded by image-inception-mixed5",
                                "text-bge-small-en"))
                .hasSize(2);
        String parts = TWO_TEXTS
                .replace("text-bge-small-en", "text-bge-tokens")
                .replace("image-inception-mixed5", "image-objects");
        assertThat(problems(
                        parts, "type: sentiment, fusion: attention, explain: true, inputs: {text: [caption, writing]}"))
                .singleElement()
                .asString()
                .contains("operators.mine.explain", "[caption, writing] share the slot \"text\"");
    }

    @Test
    void aMatchOperatorTakesTheModalitiesOfItsPairsAndComparesThoseOfTwoSlots() throws Exception {
        BoundOperator head = heads(TWO_TEXTS, "type: match, pairs: [[image, caption], [image, writing]]")
                .get(0);
        assertThat(head.need().anyOf()).containsExactly(0b011, 0b110);
        assertThat(heads(TWO_TEXTS, "type: match, pairs: [[image, caption]]")
                        .get(0)
                        .need()
                        .anyOf())
                .containsExactly(0b011);
        assertThat(heads(TWO_TEXTS, "type: match, pairs: [[image, writing]], inputs: {text: [writing]}")
                        .get(0)
                        .need()
                        .anyOf())
                .containsExactly(0b110);
        assertThat(problems(TWO_TEXTS, "type: match, pairs: [[caption, writing]]"))
                .singleElement()
                .asString()
                .contains("operators.mine.pairs", "both feed the slot \"text\"");
        assertThat(problems(TWO_TEXTS, "type: match, pairs: [[image, writing]], inputs: {text: caption}"))
                .singleElement()
                .asString()
                .contains("operators.mine.pairs", "writing feeds no slot", "operators.mine.inputs.text");
        String other =
                TWO_TEXTS.replace("writing: {encoder: text-bge-small-en}", "writing: {encoder: text-bge-small-zh}");
        assertThat(problems(other, "type: match, pairs: [[image, writing]]"))
                .singleElement()
                .asString()
                .contains("was not trained on the encoder of writing, text-bge-small-zh");
    }

    @Test
    void theNeedOfAnOperatorIsOptionalWhereTheFileHasIt() throws Exception {
        List<BoundOperator> heads = PipelineModels.resolve(
                        PipelineFile.parse("p.yaml", TWO_TEXTS + """
                operators:
                  first: {type: match, pairs: [[image, caption]], output: a}
                  second: {type: match, pairs: [[image, writing]], optional: true, output: b}
                """), new ArrayList<>(), new ArrayList<>())
                .orElseThrow()
                .operators();
        assertThat(heads).extracting(head -> head.need().optional()).containsExactly(false, true);
        assertThat(heads.get(1).need().leavesRecord(0b011)).isFalse();
        assertThat(heads.get(1).need().leavesRecord(0b110)).isTrue();
        assertThat(heads.get(0).need().leavesRecord(0b110)).isTrue();
    }
}
