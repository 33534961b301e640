// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sensorium.events.MediaReference;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.SentimentResult;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Media that lie elsewhere, on a web server, an S3 that checks signatures, and a disk, give the results that they give
 * inline; what must not be followed or is not what was promised is a dead letter.
 */
class ReferencesIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private static MediaReference to(String uri, byte[] bytes) {
        return new MediaReference(uri, (long) bytes.length, PackedModel.sha256(bytes));
    }

    @Test
    void giveWhatTheyGiveInline() throws Exception {
        byte[] picture = TestTopics.sample("beach.jpg");
        byte[] sound = TestTopics.sample("beach.wav");
        String text = "What a wonderful morning at the beach!";
        Path objects = Files.createDirectories(folder.resolve("objects"));
        Files.write(Files.createDirectories(objects.resolve("posts/2026")).resolve("beach.wav"), sound);
        Path texts = Files.createDirectories(folder.resolve("texts"));
        Files.writeString(texts.resolve("beach.txt"), text);
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/beach.jpg", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, picture.length);
                exchange.getResponseBody().write(picture);
            }
        });
        web.start();
        String host = "127.0.0.1:" + web.getAddress().getPort();
        int s3Port = ChildProcess.freePort();
        try (ChildProcess s3 = ObjectStore.start(folder, s3Port, objects);
                TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            topics.send("text", topics.event("text", "inline", "t", T, text));
            topics.send("image", topics.event("image", "inline", "i", T, picture));
            topics.send("audio", topics.event("audio", "inline", "a", T, sound));
            topics.send(
                    "text",
                    topics.event(
                            "text",
                            "elsewhere",
                            "t",
                            T,
                            to(texts.resolve("beach.txt").toUri().toString(), text.getBytes(StandardCharsets.UTF_8))));
            topics.send(
                    "image", topics.event("image", "elsewhere", "i", T, to("http://" + host + "/beach.jpg", picture)));
            topics.send("audio", topics.event("audio", "elsewhere", "a", T, to("s3://posts/2026/beach.wav", sound)));
            topics.send("image", topics.event("image", "changed", "i", T, to("http://" + host + "/beach.jpg", sound)));
            topics.send("image", topics.event("image", "gone", "i", T, to("http://" + host + "/nothing.jpg", picture)));
            topics.send("audio", topics.event("audio", "other-bucket", "a", T, to("s3://wages/2026.wav", sound)));
            topics.send("audio", topics.event("audio", "no-object", "a", T, to("s3://posts/2027.wav", sound)));
            topics.send(
                    "text",
                    topics.event("text", "secret", "t", T, new MediaReference("file:///etc/passwd", null, null)));
            topics.send(
                    "text",
                    topics.event(
                            "text",
                            "metadata",
                            "t",
                            T,
                            new MediaReference("http://169.254.169.254/latest/", null, null)));
            topics.flush();
            Path file = folder.resolve("pipeline.yaml");
            Files.writeString(
                    file,
                    topics.yaml(
                                    "strategy: tumbling, size: 10s, min_modalities: 3",
                                    "parallelism: 1, checkpoint_interval: 1s")
                            + """
                    references:
                      schemes: [http, file, s3]
                      hosts: ["%s"]
                      allow_addresses: [127.0.0.1]
                      folders: ["%s"]
                      buckets: [posts]
                      s3: {endpoint: "http://127.0.0.1:%d", path_style: true}
                    """.formatted(host, texts, s3Port));
            topics.runBounded(PipelineFile.read(file));
            Map<String, SentimentResult> results = topics.read("results.sentiment", new SentimentResult()).stream()
                    .collect(Collectors.toMap(SentimentResult::getSubjectId, result -> result));
            Map<String, String> codes = topics.read("media.dead-letters", new DeadLetter()).stream()
                    .collect(Collectors.toMap(
                            letter -> StandardCharsets.UTF_8
                                    .decode(letter.getKey().duplicate())
                                    .toString(),
                            DeadLetter::getCode));
            assertThat(codes)
                    .as(topics.read("media.dead-letters", new DeadLetter()).stream()
                            .map(DeadLetter::getMessage)
                            .toList()
                            .toString())
                    .isEqualTo(Map.of(
                            "changed",
                            "CORRUPT_MEDIA",
                            "gone",
                            "REFERENCE_UNREACHABLE",
                            "other-bucket",
                            "REFERENCE_REFUSED",
                            "no-object",
                            "REFERENCE_UNREACHABLE",
                            "secret",
                            "REFERENCE_REFUSED",
                            "metadata",
                            "REFERENCE_REFUSED"));
            assertThat(results).containsOnlyKeys("inline", "elsewhere");
            assertThat(results.get("elsewhere").getScore())
                    .isEqualTo(results.get("inline").getScore());
            assertThat(results.get("elsewhere").getSignals())
                    .isEqualTo(results.get("inline").getSignals());
            assertThat(SensoriumCommand.commandLine()
                            .execute("explain", results.get("elsewhere").getResultId(), "-c", file.toString()))
                    .isZero();
        } finally {
            web.stop(0);
        }
    }
}
