// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static io.sensorium.job.config.MinimalPipeline.MINIMAL;
import static io.sensorium.job.config.MinimalPipeline.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.alignment.AlignStrategy;
import io.sensorium.job.alignment.EmbeddingVector;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.job.operator.match.MatchOperator;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of a pipeline file are read with their defaults, and all wrong values are reported at once. */
class PipelineFileTest {

    @Test
    void aModalityHasAnEncoderOrEmbeddings() throws Exception {
        String file =
                "modalities: {sensor: {MORE}}\nalign: {min_modalities: 1}\noperators: {mine: {type: onnx, model: m}}\n";
        assertThat(PipelineFile.parse("p.yaml", file.replace("MORE", "embedding: {dimension: 8, model: imu@2}"))
                        .modalities())
                .singleElement()
                .satisfies(modality -> {
                    assertThat(modality.embedding()).isEqualTo(new PipelineConfig.Embedding(8, "imu@2"));
                    assertThat(modality.withEncoder("other")).isEqualTo(modality);
                });
        for (String wrong : List.of(
                "embedding: {}",
                "embedding: {dimension: 0}",
                "embedding: {dimension: 8}, encoder: e",
                "embedding: {dimension: 8, modle: x}",
                "topic: t")) {
            assertThatThrownBy(() -> PipelineFile.parse("p.yaml", file.replace("MORE", wrong)))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            ConfigurationException.class,
                            e -> assertThat(e.problems())
                                    .singleElement()
                                    .satisfies(problem -> assertThat(problem).contains("modalities.sensor")));
        }
    }

    @Test
    void everyKeyButModalitiesAndOperatorsHasADefault() throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", MINIMAL);
        assertThat(config.modalities()).extracting(Modality::name).containsExactly("image", "text");
        assertThat(config.modalities().get(1).topic()).isEqualTo("media.text");
        assertThat(config.align().strategy()).isEqualTo(new AlignStrategy.Tumbling(10_000));
        assertThat(config.align().minModalities()).isEqualTo(2);
        assertThat(config.validTime().earliest()).isEqualTo(Instant.parse("1970-01-01T00:00:00.001Z"));
        assertThat(config.validTime().maxAhead()).isEqualTo(Duration.ofDays(1));
        assertThat(config.runtime().guarantee()).isEqualTo(Guarantee.EXACTLY_ONCE);
        assertThat(config.runtime().parallelism()).isEqualTo(2);
        assertThat(config.deadLetters().maxBytes()).isEqualTo(900 << 10);
        assertThat(config.sideTopics().late()).isEqualTo("media.late");
        assertThat(config.emitAttributes()).isEmpty();
        assertThat(config.emit().key()).isEqualTo(PipelineConfig.EmitKey.SUBJECT);
        assertThat(config.limits()).isEqualTo(new PipelineConfig.Limits(1024, 65_536, 1_000_000));
    }

    @Test
    void aBufferTimeoutThatIsOffIsAProblemWithWhatToSetInstead() {
        assertThat(problems(MINIMAL + "runtime: {buffer_timeout: off}\n"))
                .singleElement()
                .asString()
                .contains("runtime.buffer_timeout", "is off", "0ms");
    }

    @Test
    void provisionalResultsThatAreSentAtOnceNeedEarlyOnes() throws Exception {
        assertThat(PipelineFile.parse("p.yaml", MINIMAL).emit().provisional())
                .isEqualTo(PipelineConfig.Provisional.CHECKPOINT);
        String early = MINIMAL + "align: {early: true}\n";
        assertThat(PipelineFile.parse("p.yaml", early + "emit: {provisional: immediate}\n")
                        .emit()
                        .provisional())
                .isEqualTo(PipelineConfig.Provisional.IMMEDIATE);
        assertThat(problems(MINIMAL + "emit: {provisional: immediate}\n"))
                .singleElement()
                .asString()
                .contains("emit.provisional", "align.early: true");
    }

    @Test
    void limitsAndTheResultKeyAreReadAndHeldAgainstTheirRanges() throws Exception {
        PipelineConfig config = PipelineFile.parse(
                "p.yaml",
                MINIMAL
                        + "limits: {id_bytes: 2KiB, attributes_bytes: 1KiB, text_chars: 500}\nemit: {key: result_id}\n");
        assertThat(config.limits()).isEqualTo(new PipelineConfig.Limits(2048, 1024, 500));
        assertThat(config.emit().key()).isEqualTo(PipelineConfig.EmitKey.RESULT_ID);
        assertThat(problems(MINIMAL
                        + "limits: {id_bytes: 1GiB, attributes_bytes: 1GiB, text_chars: 0, texts: "
                        + "1}\nemit: {key: event}\n"))
                .anySatisfy(problem -> assertThat(problem).contains("limits.id_bytes", "65536"))
                .anySatisfy(problem -> assertThat(problem).contains("limits.attributes_bytes"))
                .anySatisfy(problem -> assertThat(problem).contains("limits.text_chars"))
                .anySatisfy(problem -> assertThat(problem).contains("limits.texts"))
                .anySatisfy(problem -> assertThat(problem).contains("emit.key", "[subject, result_id]"))
                .hasSize(5);
    }

    @Test
    void whatAStartWouldFailOnIsRefused() throws Exception {
        assertThat(problems(MINIMAL + "kafka: {properties: {ssl: {truststore: x}, max.poll.records: [1, 2]}}\n"))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("kafka.properties.ssl: ").contains("one value", "truststore"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("kafka.properties.max.poll.records: ")
                        .contains("[1,2]"))
                .hasSize(2);
        assertThat(problems(MINIMAL + "runtime: {checkpoint_interval: 1ms}\n"))
                .singleElement()
                .asString()
                .startsWith("runtime.checkpoint_interval: ")
                .contains("10ms");
        assertThat(problems(
                        MINIMAL + "side_topics: {incomplete: '', late: 'a b', dead_letters: \"\\0\", shadow: ..}\n"))
                .hasSize(4)
                .allSatisfy(problem ->
                        assertThat(problem).startsWith("side_topics.").contains("name of a topic"));
        assertThat(problems("[a, b]")).anySatisfy(problem -> assertThat(problem).contains("the file is a list"));
        assertThat(problems("a: ".repeat(1) + "[".repeat(2000)))
                .singleElement()
                .asString()
                .doesNotContain("StreamReadConstraints", "?");
    }

    @Test
    void aStateFolderThatIsNoPathIsAProblemOfTheFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("p.yaml"), MINIMAL + "runtime: {state_dir: \"\\0\"}\n");
        assertThat(PipelineFile.draft(file).problems())
                .singleElement()
                .asString()
                .startsWith("runtime.state_dir: ");
    }

    @Test
    void everyKeyIsRead() throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", """
                pipeline: p1
                packs: [my-pack]
                kafka: {bootstrap_servers: "k:1", properties: {security.protocol: SASL_SSL}, create_topics: false}
                registry: {url: "http://r", properties: {basic.auth.user.info: "${env:REGISTRY_USER}"}}
                modalities:
                  a: {topic: ta, encoder: x, out_of_orderness: 250ms, idle_timeout: 1m, clock_offset: -2s}
                  b: {topic: tb, encoder: y@1.0}
                align: {strategy: nearest, anchor: b, before: 2s, after: 1500ms, required: [a], min_modalities: 1, \
                max_events: 5, max_bytes: 1MiB,
                  valid_time: {earliest: off, max_ahead: off}, early: false, allowed_lateness: 0s, max_wait: off}
                operators:
                  m: {type: match, pairs: [[a, b]], output: o.m, model: h}
                side_topics: {incomplete: i, late: l, dead_letters: d}
                emit: {attributes: [group]}
                dead_letters: {max_bytes: 10KiB}
                media: {max_bytes: 1MiB, max_pixels: 1000, max_audio: 30s}
                runtime: {parallelism: 4, guarantee: at_least_once, checkpoint_interval: 1s, device: "cuda:1", \
                state_backend: rocksdb, state_dir: /s, start: committed,
                  allow_noncommercial: false, max_batch: 8, max_delay: 5ms}
                """);
        assertThat(config.align().strategy()).isEqualTo(new AlignStrategy.Nearest("b", 1, 2_000, 1_500));
        assertThat(config.align().required()).containsExactly(0);
        assertThat(config.modalities().get(0).clockOffset()).isEqualTo(Duration.ofSeconds(-2));
        assertThat(config.validTime().earliest()).isNull();
        assertThat(config.validTime().maxAhead()).isNull();
        assertThat(config.operators())
                .containsExactly(
                        new MatchOperator("m", List.of(new MatchOperator.Pair("a", "b")), "h", Map.of(), false, "o.m"));
        assertThat(config.kafka().properties()).containsEntry("security.protocol", "SASL_SSL");
        assertThat(config.media().maxPixels()).isEqualTo(1000);
        assertThat(config.runtime().maxDelay()).isEqualTo(Duration.ofMillis(5));
    }

    @Test
    void allProblemsAreReportedAtOnceWithTheNearestKey() {
        List<String> problems = problems("""
                pipline: x
                modalities:
                  text: {encoder: text-bge-small-en, idle_timout: 5s, out_of_orderness: 5 parsecs}
                  image: {topic: media.text}
                align: {strategy: tumbling, size: 0s, required: [txt], min_modalities: 3}
                operators:
                  match: {type: match, pairs: [[image, txt], [text]]}
                  late: {type: sentiment, output: results.match, fusion: magic}
                runtime: {guarantee: sometimes, parallelism: 0}
                """);
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("pipline", "did you mean \"pipeline\""));
        assertThat(problems)
                .anySatisfy(
                        p -> assertThat(p).contains("modalities.text.idle_timout", "did you mean \"idle_timeout\""));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("out_of_orderness", "5 parsecs", "250ms"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("modalities.image.encoder", "missing"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("align.size", "zero"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("align.required", "did you mean \"text\""));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("min_modalities", "3", "2 configured"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("operators.match.pairs", "txt"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("[text]"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("fusion", "magic"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("guarantee", "sometimes", "exactly_once"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("runtime.parallelism"));
        assertThat(problems)
                .anySatisfy(p -> assertThat(p).contains("media.text", "which modality image reads", "event mapping"));
        assertThat(problems).anySatisfy(p -> assertThat(p).contains("operators.late.output", "used already"));
    }

    @Test
    void modalitiesThatReadOneTopicHaveMappingsOfOneFormat() throws Exception {
        String posts = """
                modalities:
                  image: {topic: posts, encoder: e, format: json, event: {payload: $.image}}
                  text: {topic: posts, encoder: t, format: %s, event: {payload: $.caption}}
                operators: {s: {type: sentiment}}
                """;
        assertThat(PipelineFile.parse("p.yaml", posts.formatted("json")).modalities())
                .extracting(Modality::topic)
                .containsExactly("posts", "posts");
        assertThat(problems(posts.formatted("avro")))
                .singleElement()
                .asString()
                .contains("modalities.text.format: is avro", "modality image reads the same topic as json");
    }

    @Test
    void everyWayToAlignIsRead() throws Exception {
        PipelineConfig config = PipelineFile.parse("p.yaml", MINIMAL + """
                align: {strategy: sliding, size: 6s, slide: 2s, early: true, allowed_lateness: 5s, max_wait: 10s, \
                max_events: 3, max_bytes: 6KiB, state_precision: float16, when_silent: hold}
                runtime: {state_backend: rocksdb, state_cache: 1GiB, max_drift: 2m}
                """);
        assertThat(config.align().strategy()).isEqualTo(new AlignStrategy.Sliding(6_000, 2_000));
        assertThat(config.align().firing()).isEqualTo(new AlignSettings.Firing(true, 5_000, 10_000));
        assertThat(config.align().caps()).isEqualTo(new AlignSettings.Caps(3, 6 << 10));
        assertThat(config.align().statePrecision()).isEqualTo(EmbeddingVector.Precision.FLOAT16);
        assertThat(config.align().whenSilent()).isEqualTo(AlignSettings.WhenSilent.HOLD);
        assertThat(PipelineFile.parse("p.yaml", MINIMAL).align().whenSilent())
                .isEqualTo(AlignSettings.WhenSilent.ADVANCE);
        assertThat(config.runtime().stateCache()).isEqualTo(1L << 30);
        assertThat(config.runtime().maxDrift()).isEqualTo(Duration.ofMinutes(2));
        assertThat(PipelineFile.parse("p.yaml", MINIMAL).runtime().maxDrift()).isNull();
        assertThat(problems(MINIMAL + "runtime: {max_drift: 0s}\n"))
                .singleElement()
                .asString()
                .contains("runtime.max_drift", "zero");
        assertThat(PipelineFile.parse("p.yaml", MINIMAL + "align: {strategy: session, gap: 3s, max_length: 1m}")
                        .align()
                        .strategy())
                .isEqualTo(new AlignStrategy.Session(3_000, 60_000));
    }

    @Test
    void windowsThatCouldNotWorkAreRefused() {
        assertThat(problems(MINIMAL
                        + "align: {strategy: sliding, size: 2s, slide: 3s, max_wait: 1s, state_precision: float8}\n"))
                .anySatisfy(problem -> assertThat(problem).contains("align.slide", "longer than the size"))
                .anySatisfy(problem -> assertThat(problem).contains("align.max_wait", "Set at least 4000ms"))
                .anySatisfy(problem -> assertThat(problem).contains("align.state_precision", "float8", "float16"))
                .hasSize(3);
    }

    @Test
    void plaintextSecretsAreRefused() {
        assertThat(problems(MINIMAL + """
                kafka:
                  properties:
                    ssl.keystore.password: hunter2
                    ssl.truststore.password: "${env:TRUST}"
                    sasl.jaas.config: 'org.apache.kafka.common.security.scram.ScramLoginModule \
                  required username="job" password="hunter2";'
                registry:
                  url: "https://job:hunter2@registry.example.org"
                  properties: {basic.auth.credentials.source: USER_INFO, basic.auth.user.info: "job:hunter2"}
                """))
                .hasSize(4)
                .allSatisfy(
                        problem -> assertThat(problem).contains("${env:NAME}").doesNotContain("hunter2"))
                .anySatisfy(problem -> assertThat(problem).startsWith("kafka.properties.ssl.keystore.password"))
                .anySatisfy(problem -> assertThat(problem).startsWith("kafka.properties.sasl.jaas.config"));
        assertThat(problems(MINIMAL + """
                kafka:
                  properties: {sasl.jaas.config: 'org.apache.kafka.common.security.scram.ScramLoginModule \
                  required username="job" password="${file:/run/secrets/kafka:password}";'}
                x: 1
                """)).hasSize(1);
        assertThat(problems(MINIMAL + """
                kafka:
                  properties: {sasl.jaas.config: "org.apache.kafka.common.security.scram.ScramLoginModule \
                  required username='job' password='${env:KAFKA_PASSWORD}';"}
                x: 1
                """))
                .as("JAAS takes single quotes too")
                .singleElement()
                .asString()
                .startsWith("x");
        assertThat(problems(MINIMAL + """
                kafka:
                  properties: {sasl.jaas.config: "org.apache.kafka.common.security.scram.ScramLoginModule \
                  required username='job' password='hunter2';"}
                """)).singleElement().asString().contains("sasl.jaas.config");
    }

    @Test
    void referencesAreFollowedOnlyWhereEachSchemeHasItsList() {
        assertThat(problems(MINIMAL + """
                references:
                  schemes: [https, fil, s3]
                  hosts: ["*.example.org", "http://x"]
                  folders: [media]
                  allow_addresses: [10.0.0.0/8, intranet]
                  in_flight: 0
                  circuit_breaker: {opens: 1s}
                """))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("references.schemes")
                        .contains("\"fil\"", "did you mean \"file\""))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("references.buckets").contains("is empty", "scheme s3"))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("references.hosts").contains("http://x"))
                .anySatisfy(problem ->
                        assertThat(problem).startsWith("references.folders").contains("absolute"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("references.allow_addresses")
                        .contains("intranet"))
                .anySatisfy(problem -> assertThat(problem).startsWith("references.in_flight"))
                .anySatisfy(problem -> assertThat(problem)
                        .startsWith("references.circuit_breaker.opens")
                        .contains("did you mean \"open\""))
                .hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3651d", "200000d", "106751991168d", "999999999999d", "999999999999h"})
    void aDurationThatNoClockCanHoldIsRefused(String duration) {
        assertThat(problems("modalities: {text: {encoder: e, idle_timeout: " + duration
                        + "}}\noperators: {s: {type: sentiment}}\nalign: {min_modalities: 1, allowed_lateness: "
                        + duration + "}"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("idle_timeout")
                        .contains(duration)
                        .contains("at most 3650d"))
                .anySatisfy(problem ->
                        assertThat(problem).contains("allowed_lateness").contains(duration));
    }

    @Test
    void aDurationThatIsOffOrNegativeIsRefusedInThoseWords() {
        assertThat(problems("modalities: {text: {encoder: e, idle_timeout: off, out_of_orderness: -5s}}\n"
                        + "operators: {s: {type: sentiment}}\nalign: {min_modalities: 1}\n"
                        + "runtime: {checkpoint_interval: -1m}"))
                .contains(
                        "modalities.text.idle_timeout: cannot be off, expected a duration such as 250ms, 10s, 5m, 1h or"
                                + " 1d, at most 3650d",
                        "modalities.text.out_of_orderness: is \"-5s\", expected a duration such as 250ms, 10s, 5m, 1h or"
                                + " 1d, not less than 0",
                        "runtime.checkpoint_interval: is \"-1m\", expected a duration such as 250ms, 10s, 5m, 1h or 1d,"
                                + " not less than 0");
    }

    @Test
    void aSizeBeyondMemoryIsRefused() {
        assertThat(problems(MINIMAL + "media: {max_bytes: 999999999999GiB}"))
                .singleElement()
                .asString()
                .contains("media.max_bytes")
                .contains("at most 1024GiB");
    }
}
