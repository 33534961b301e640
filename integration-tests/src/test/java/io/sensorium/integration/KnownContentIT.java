// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.results.DeadLetter;
import io.sensorium.results.InputReference;
import io.sensorium.results.ModerationDecision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Known content from the command line to decisions: live, after a kill and after a stop. */
class KnownContentIT {

    private static final long T = 1_700_000_000_000L;

    @TempDir
    Path folder;

    private Path file;

    private void write(TestTopics topics) throws Exception {
        file = folder.resolve("pipeline.yaml");
        Files.writeString(file, """
                pipeline: %1$spipeline
                kafka: {bootstrap_servers: "%2$s"}
                registry: {url: "%3$s"}
                modalities:
                  image: {topic: %1$smedia.image, encoder: image-inception-mixed5, out_of_orderness: 1s, idle_timeout: 1s}
                  text:  {topic: %1$smedia.text, encoder: text-bge-small-en, out_of_orderness: 1s, idle_timeout: 1s}
                align: {strategy: tumbling, size: 1s, min_modalities: 1}
                operators: {sentiment: {type: sentiment, output: %1$sresults.sentiment}}
                bank: {topic: %1$smoderation.bank}
                moderation:
                  output: %1$sresults.moderation
                  rules:
                    known: {when: bank.match, action: hide}
                    near: {when: 'bank.image.distance <= 31 and bank.label == "street"', action: review}
                side_topics: {incomplete: %1$sresults.incomplete, late: %1$smedia.late, dead_letters: %1$smedia.dead-letters}
                runtime: {parallelism: 1, checkpoint_interval: 500ms, state_dir: '%4$s'}
                """.formatted(
                        topics.prefix, topics.bootstrapServers, topics.registryUrl, folder.resolve("state")));
    }

    private CommandResult bank(String... arguments) throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of("bank", arguments[0], "-c", file.toString()));
        all.addAll(List.of(arguments).subList(1, arguments.length));
        return CommandResult.to(all.toArray(String[]::new));
    }

    private void text(TestTopics topics, String subject, long time, String text) {
        topics.send("text", topics.event("text", subject, subject + "-text", time, text));
    }

    /** Decisions by subject and rule. */
    private static Map<String, ModerationDecision> decisions(TestTopics topics) throws Exception {
        Map<String, ModerationDecision> decisions = new TreeMap<>();
        for (ModerationDecision decision : topics.read("results.moderation", new ModerationDecision())) {
            assertThat(decisions.put(decision.getSubjectId() + " " + decision.getRule(), decision))
                    .as("a decision twice")
                    .isNull();
        }
        return decisions;
    }

    private List<String> letters(TestTopics topics) throws Exception {
        return topics.read("media.dead-letters", new DeadLetter()).stream()
                .filter(letter -> letter.getTopic().equals(topics.prefix + "moderation.bank"))
                .map(letter -> letter.getOffset() + " " + letter.getCode())
                .sorted()
                .toList();
    }

    private void await(String what, Process process, java.util.concurrent.Callable<Boolean> condition)
            throws Exception {
        CommandProcess.await(what, process, CommandProcess.PATIENCE, folder, condition);
    }

    private Process run() throws Exception {
        return CommandProcess.start(folder, "run", "-c", file.toString());
    }

    @Test
    void whatIsKnownIsFoundLiveAndAfterEveryRestart() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1);
                KafkaProducer<byte[], byte[]> raw = new KafkaProducer<>(
                        Map.of("bootstrap.servers", topics.bootstrapServers),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            write(topics);
            Path street = folder.resolve("street");
            Files.write(street, TestTopics.sample("street.jpg"));
            CommandResult image = bank("add", "--id", "street-1", "--label", "street", "--image", street.toString());
            assertThat(image.code()).as(image.err()).isZero();
            assertThat(bank("add", "--id", "spam-1", "--label", "spam", "--text", "Buy now!")
                            .code())
                    .isZero();
            String bankTopic = topics.prefix + "moderation.bank";
            for (String value : List.of("no entry", "{\"label\": \"x\", \"kind\": \"image\", \"hash\": \"12\"}")) {
                raw.send(new ProducerRecord<>(bankTopic, bytes("bad"), bytes(value)))
                        .get();
            }
            text(topics, "s1", T, "BUY, now");
            text(topics, "s2", T, "something else");
            topics.send("image", topics.event("image", "s3", "s3-image", T, TestTopics.sample("street.jpg")));
            topics.send("image", topics.event("image", "s4", "s4-image", T, TestTopics.sample("crash.png")));
            topics.flush();

            Process first = run();
            await("the first decisions", first, () -> decisions(topics).size() >= 3);
            assertThat(decisions(topics).keySet()).containsExactly("s1 known", "s3 known", "s3 near");
            ModerationDecision near = decisions(topics).get("s3 near");
            assertThat(near.getKnown().getId()).isEqualTo("street-1");
            assertThat(near.getKnown().getBy()).isEqualTo("pdq");
            assertThat(near.getKnown().getDistance()).isLessThanOrEqualTo(4);
            assertThat(near.getInputs()).extracting(InputReference::getKnown).containsExactly(near.getKnown());
            assertThat(near.getValues()).containsEntry("bank.label", "street");
            assertThat(decisions(topics).get("s1 known").getKnown().getBy()).isEqualTo("text");

            // In JSON, by any producer; events from a second later on match.
            raw.send(new ProducerRecord<>(
                            bankTopic,
                            bytes("live"),
                            bytes("{\"label\": \"live\", \"kind\": \"text\", \"text\": \"it is live\"}")))
                    .get();
            long added = System.nanoTime();
            AtomicInteger sent = new AtomicInteger();
            AtomicInteger within = new AtomicInteger(-1);
            Awaitility.await().pollInterval(Duration.ofMillis(100)).until(() -> {
                if (System.nanoTime() - added > TimeUnit.SECONDS.toNanos(1) && within.get() < 0) {
                    within.set(sent.get());
                }
                text(topics, "live" + sent.get(), T + 2_000 + sent.get(), "It is live!");
                topics.flush();
                return sent.incrementAndGet() >= 15 && within.get() >= 0;
            });
            text(topics, "s5", T + 10_000, "closes the windows");
            topics.flush();
            String last = "live" + (sent.get() - 1) + " known";
            await("decisions on the live entry", first, () -> decisions(topics).containsKey(last));
            for (int i = within.get(); i < sent.get(); i++) {
                assertThat(decisions(topics)).containsKey("live" + i + " known");
            }
            await("dead letters", first, () -> letters(topics).size() >= 2);

            first.destroyForcibly();
            assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
            raw.send(new ProducerRecord<>(bankTopic, bytes("live"), null)).get();
            raw.send(new ProducerRecord<>(bankTopic, bytes("late"), bytes("no entry")))
                    .get();
            text(topics, "s6", T + 20_000, "it is live");
            text(topics, "s7", T + 20_000, "buy now");
            text(topics, "s8", T + 30_000, "closes the windows");
            topics.flush();
            Process second = run();
            await("decisions after the kill", second, () -> decisions(topics).containsKey("s7 known"));
            assertThat(decisions(topics)).doesNotContainKey("s6 known");
            await("the third dead letter", second, () -> letters(topics).size() >= 3);
            stop(second);
            assertThat(letters(topics)).containsExactly("2 UNDECODABLE", "3 INVALID_BANK_ENTRY", "6 UNDECODABLE");

            CommandResult removed = bank("remove", "--id", "spam-1", "--id", "a,b");
            assertThat(removed.code()).isEqualTo(1);
            assertThat(removed.out()).contains("removed 1 entries");
            assertThat(removed.err()).contains("there is no entry a,b");
            CommandResult list = bank("list");
            assertThat(list.code()).isZero();
            assertThat(list.out())
                    .contains("street-1  street  image  ", "{image=1}")
                    .doesNotContain("spam-1", "live");
            assertThat(list.err()).contains("INVALID_BANK_ENTRY: hash: has 2 characters");
            assertThat(CommandResult.to("validate", "-c", file.toString()).code())
                    .isZero();
            checkResumes(topics);
        }
    }

    /** From the state with a bank: with another topic, then without a bank. */
    private void checkResumes(TestTopics topics) throws Exception {
        Files.writeString(file, Files.readString(file).replace("moderation.bank}", "moderation.bank2}"));
        assertThat(bank("add", "--id", "new", "--label", "spam", "--text", "another topic")
                        .code())
                .isZero();
        text(topics, "s9", T + 40_000, "Another topic!");
        text(topics, "s10", T + 50_000, "closes the windows");
        topics.flush();
        Process other = run();
        await("decisions by the other topic", other, () -> decisions(topics).containsKey("s9 known"));
        stop(other);
        assertThat(Files.readString(folder.resolve("err.log"))).doesNotContain("was deleted and created again");

        Files.writeString(
                file,
                Files.readString(file)
                        .replaceAll("(?m)^bank:.*\n", "")
                        .replaceAll("(?m)^ +near:.*\n", "")
                        .replace("{when: bank.match,", "{when: present.text,"));
        text(topics, "s11", T + 60_000, "no bank");
        text(topics, "s12", T + 70_000, "closes the windows");
        topics.flush();
        Process none = run();
        await("decisions without a bank", none, () -> decisions(topics).containsKey("s11 known"));
        stop(none);
    }

    private void stop(Process process) throws Exception {
        process.destroy();
        assertThat(process.waitFor(CommandProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("err.log")))
                .isZero();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theCommandRefusesNonsenseAndImportsTables() throws Exception {
        try (TestTopics topics = new TestTopics(SharedStack.get(), 1)) {
            write(topics);
            for (String[] call : new String[][] {
                {"name an entry", "add"},
                {"expected one of them", "add", "--id", "a", "--label", "b"},
                {"there are [hash, text]", "add", "--id", "a", "--label", "b", "--hash", "1", "--text", "c"},
                {"id: is missing", "add", "--label", "b", "--text", "c"},
                {"label: is missing", "add", "--id", "a", "--text", "c"},
                {"hash: has 1 characters", "add", "--id", "a", "--label", "b", "--hash", "1"},
                {"there is no file", "add", "--id", "a", "--label", "b", "--image", "/nowhere.jpg"},
                {"expected JPEG, PNG", "add", "--id", "a", "--label", "b", "--image", file.toString()},
                {"text: is of white space", "add", "--id", "a", "--label", "b", "--text", " !"},
                {"threshold: is \"x\"", "add", "--id", "a", "--label", "b", "--text", "c", "--threshold", "x"},
                {"model: is missing", "add", "--id", "a", "--label", "b", "--embedding", "1,2", "--threshold", "0.9"},
                {"embedding: number 1 is \"x\"", "add", "--id", "a", "--label", "b", "--embedding", "1,x"},
                {"cannot be set too", "add", "--id", "a", "--import", "t.csv"},
                {"there is no file", "add", "--import", "/nowhere.csv"},
                {"Missing required option: '--id", "remove"},
            }) {
                List<String> arguments = List.of(call).subList(1, call.length);
                CommandResult answer = bank(arguments.toArray(String[]::new));
                assertThat(answer.code()).as(arguments.toString()).isEqualTo(2);
                assertThat(answer.err())
                        .as(arguments.toString())
                        .contains(call[0])
                        .doesNotContain("Exception");
            }
            Path table = folder.resolve("known.csv");
            String hash = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
            Files.writeString(table, """
                    id,label,hash,text
                    a,"one, two",%s,
                    b,spam,,"Buy
                    now"
                    c,spam,12,
                    c,spam,12,,more
                    d,,,hello
                    """.formatted(hash));
            CommandResult imported = bank("add", "--import", table.toString());
            assertThat(imported.code()).isEqualTo(1);
            assertThat(imported.out()).contains("added 2 entries", "left out 3 lines");
            assertThat(imported.err()).contains("hash: has 2 characters", "label: is missing", "Too many entries");
            Files.writeString(table, "id,labl\na,b\n");
            assertThat(bank("add", "--import", table.toString()).err())
                    .contains("the column \"labl\"", "did you mean \"label\"?");
            assertThat(bank("list").out())
                    .contains("a  one, two  image  " + hash, "b  spam  text", "{image=1, text=1}");

            Files.writeString(file, Files.readString(file).replaceAll("(?m)^bank:.*\n", ""));
            CommandResult none = bank("list");
            assertThat(none.code()).isEqualTo(2);
            assertThat(none.err()).contains("bank: is missing");
            assertThat(CommandResult.to("validate", "-c", file.toString()).err())
                    .contains("bank.match");
        }
    }
}
