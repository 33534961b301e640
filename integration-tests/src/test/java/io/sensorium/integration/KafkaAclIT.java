// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.quickstart.SensoriumCommand;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedBroker;
import io.sensorium.quickstart.stack.EmbeddedRollup;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.Rollup;
import io.sensorium.results.SentimentResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pipeline file and the users of {@code deploy/k8s} on a broker that authenticates its clients by certificates and
 * lets each do what is granted to it. With that the producer, the job, the roll-up app and whoever looks after them do
 * all that they are there for; nobody may do more, and nobody without a certificate anything.
 */
class KafkaAclIT {

    private static final long T = 1_700_000_000_000L;
    private static final Path K8S = DistributionLayout.root().resolve("deploy/k8s");
    private static final String PASSWORD = "user-pass-5d0e";
    private static final List<String> INPUTS = List.of("media.image", "media.text", "media.audio");

    @TempDir
    static Path folder;

    private static final List<String> TOPICS = new ArrayList<>();
    private static final Set<String> USERS = new TreeSet<>();
    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() throws Exception {
        KeyStores stores = new KeyStores(folder.resolve("stores"), PASSWORD);
        Files.copy(
                stores.own("broker"),
                Files.createDirectories(folder.resolve("kafka-ca")).resolve("ca.crt"));
        List<JsonNode> granted = documents("users.yaml");
        granted.forEach(user -> USERS.add(user.at("/metadata/name").asText()));
        for (String user : Stream.concat(USERS.stream(), Stream.of("admin")).toList()) {
            stores.own(user);
            // As Strimzi's secrets are mounted.
            Path mounted = Files.createDirectories(folder.resolve(user));
            Files.copy(Path.of(stores.path(user)), mounted.resolve("user.p12"));
            Files.writeString(mounted.resolve("user.password"), PASSWORD);
        }
        stores.trusting(
                "clients", Stream.concat(USERS.stream(), Stream.of("admin")).toArray(String[]::new));
        broker = EmbeddedBroker.start(
                DistributionLayout.stackDistributions().resolve("broker"),
                folder.resolve("broker"),
                new EmbeddedBroker.Security(
                        "SSL",
                        Map.of(
                                "ssl.client.auth",
                                "required",
                                "ssl.keystore.type",
                                "PKCS12",
                                "ssl.keystore.location",
                                stores.path("broker"),
                                "ssl.keystore.password",
                                PASSWORD,
                                "ssl.truststore.type",
                                "PKCS12",
                                "ssl.truststore.location",
                                stores.path("clients"),
                                "ssl.truststore.password",
                                PASSWORD,
                                "authorizer.class.name",
                                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                                "super.users",
                                "User:ANONYMOUS;User:CN=admin"),
                        List.of(),
                        client("admin"),
                        List.of()));
        broker.await();
        documents("topics.yaml")
                .forEach(topic -> TOPICS.add(topic.at("/metadata/name").asText()));
        broker.createTopics(1, TOPICS.toArray(String[]::new));
        try (Admin admin = Admin.create(broker.clientProperties())) {
            admin.createAcls(granted.stream().flatMap(KafkaAclIT::bindings).toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static List<JsonNode> documents(String file) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        try (var parser = new YAMLFactory().createParser(K8S.resolve(file).toFile())) {
            new YAMLMapper()
                    .readerFor(JsonNode.class)
                    .<JsonNode>readValues(parser)
                    .forEachRemaining(documents::add);
        }
        return documents;
    }

    /** What Strimzi makes of a user. */
    private static Stream<AclBinding> bindings(JsonNode user) {
        List<AclBinding> bindings = new ArrayList<>();
        for (JsonNode acl : user.at("/spec/authorization/acls")) {
            ResourcePattern resource = new ResourcePattern(
                    ResourceType.fromString(screaming(acl.at("/resource/type").asText())),
                    acl.at("/resource/name").asText(),
                    acl.at("/resource/patternType").asText().equals("prefix")
                            ? PatternType.PREFIXED
                            : PatternType.LITERAL);
            for (JsonNode operation : acl.get("operations")) {
                bindings.add(new AclBinding(
                        resource,
                        new AccessControlEntry(
                                "User:CN=" + user.at("/metadata/name").asText(),
                                "*",
                                AclOperation.fromString(screaming(operation.asText())),
                                AclPermissionType.ALLOW)));
            }
        }
        assertThat(bindings).isNotEmpty().allMatch(binding -> !binding.isUnknown());
        return bindings.stream();
    }

    private static String screaming(String camel) {
        return camel.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }

    private static Map<String, String> client(String user) {
        return Map.of(
                "security.protocol",
                "SSL",
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.location",
                folder.resolve("kafka-ca/ca.crt").toString(),
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.location",
                folder.resolve(user).resolve("user.p12").toString(),
                "ssl.keystore.password",
                PASSWORD);
    }

    private static Map<String, Object> connection(String user) {
        Map<String, Object> properties = new HashMap<>(client(user));
        properties.put("bootstrap.servers", broker.bootstrapServers());
        return properties;
    }

    private static TestTopics as(String user) throws IOException {
        return new TestTopics("", connection(user), SharedStack.get().registryUrl());
    }

    /** The deployed file, with this machine's addresses and folders. */
    private static Path pipeline(String user, int rollupPort) throws IOException {
        Path own = Files.createDirectories(folder.resolve(user));
        return Files.writeString(
                own.resolve("pipeline.yaml"),
                Files.readString(K8S.resolve("pipeline.yaml"))
                        .replace("sensorium-kafka-bootstrap:9093", broker.bootstrapServers())
                        .replace(
                                "http://registry:8080/apis/ccompat/v7",
                                SharedStack.get().registryUrl())
                        .replace("/kafka-ca/", folder.resolve("kafka-ca") + "/")
                        .replace("/kafka-user", own.toString())
                        .replace("/state/rollup", own.resolve("rollup-state").toString())
                        .replace("0.0.0.0:8084", "127.0.0.1:" + rollupPort)
                        .replaceFirst(
                                "runtime: .*",
                                "runtime: {parallelism: 1, checkpoint_interval: 1s, state_backend: rocksdb, state_dir: '"
                                        + own.resolve("state") + "', http: off}"));
    }

    private static void send(TestTopics producer, String subject, long time) {
        for (String modality : List.of("image", "text", "audio")) {
            producer.send(modality, producer.embedded(modality, subject, modality, time, 1));
        }
    }

    @Test
    void everybodyDoesWhatTheyAreThereFor() throws Exception {
        try (TestTopics producer = as("producer");
                TestTopics operations = as("operations")) {
            send(producer, "first", T);
            producer.sendRaw("text", "rubbish", "no event".getBytes(StandardCharsets.UTF_8));
            // Each ends the windows before it: the job's, then the roll-ups'.
            send(producer, "second", T + 7_200_000);
            send(producer, "third", T + 14_400_000);
            producer.flush();
            Process job = CommandProcess.start(
                    folder, "run", "-c", pipeline("fusion-job", 0).toString());
            int port = ChildProcess.freePort();
            try {
                await("two results of the job").atMost(PATIENCE).until(() -> {
                    assertThat(job.isAlive())
                            .as(Files.readString(folder.resolve("err.log")))
                            .isTrue();
                    return operations.read("results.sentiment", new SentimentResult()).stream()
                            .map(SentimentResult::getSubjectId)
                            .toList()
                            .containsAll(List.of("first", "second"));
                });
                try (EmbeddedRollup rollup = EmbeddedRollup.start(
                        DistributionLayout.rollupClassPath(), folder, pipeline("rollup", port), port)) {
                    rollup.awaitDashboard();
                    await("a roll-up").atMost(PATIENCE).until(() -> {
                        rollup.requireAlive();
                        return !operations.read("results.rollup", new Rollup()).isEmpty();
                    });
                    assertThat(Files.readString(folder.resolve("rollup-app.log")))
                            .doesNotContain("the state of the topics is not known", "uthorization");
                }
                String file = pipeline("operations", 0).toString();
                assertThat(command("dlq", "list", "-c", file)).isZero();
                assertThat(command("dlq", "replay", "-c", file)).isZero();
                await("the letter's second try to fail")
                        .atMost(PATIENCE)
                        .until(() -> operations.read("media.dead-letters", new DeadLetter()).stream()
                                .map(DeadLetter::getAttempts)
                                .toList()
                                .equals(List.of(1, 2)));
                assertThat(command(
                                "explain",
                                operations
                                        .read("results.sentiment", new SentimentResult())
                                        .get(0)
                                        .getResultId(),
                                "-c",
                                file))
                        .isZero();
            } finally {
                job.destroy();
                assertThat(job.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private static int command(String... arguments) {
        return SensoriumCommand.commandLine().execute(arguments);
    }

    @Test
    void nobodyMayDoMore() throws Exception {
        Map<String, Set<String>> writers = new TreeMap<>();
        Map<String, Set<String>> readers = new TreeMap<>();
        for (String user : USERS) {
            try (Admin admin = Admin.create(connection(user))) {
                Map<String, KafkaFuture<TopicDescription>> described = admin.describeTopics(
                                TOPICS, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                        .topicNameValues();
                for (String topic : TOPICS) {
                    Set<AclOperation> may = may(described.get(topic));
                    if (may.contains(AclOperation.WRITE)) {
                        writers.computeIfAbsent(topic, key -> new TreeSet<>()).add(user);
                    }
                    if (may.contains(AclOperation.READ)) {
                        readers.computeIfAbsent(topic, key -> new TreeSet<>()).add(user);
                    }
                    assertThat(may)
                            .as(user + " of " + topic)
                            .doesNotContain(
                                    AclOperation.DELETE,
                                    AclOperation.ALTER,
                                    AclOperation.CREATE,
                                    AclOperation.ALTER_CONFIGS);
                }
            }
        }
        for (String topic : TOPICS) {
            boolean input = INPUTS.contains(topic);
            assertThat(writers.get(topic))
                    .as("who may write to " + topic)
                    .isEqualTo(
                            input
                                    ? Set.of("producer", "operations")
                                    : topic.equals("results.rollup")
                                            ? Set.of("rollup")
                                            : topic.endsWith(".replayed")
                                                    ? Set.of("operations")
                                                    : Set.of("fusion-job"));
            assertThat(readers.get(topic))
                    .as("who may read " + topic)
                    .isEqualTo(input ? Set.of("fusion-job", "rollup", "operations") : Set.of("rollup", "operations"));
        }
    }

    @Test
    void nobodyComesInWithoutACertificate() throws Exception {
        Path own = Files.createDirectories(folder.resolve("nobody"));
        Path file = Files.writeString(
                own.resolve("without.yaml"),
                Files.readString(pipeline("fusion-job", 0)).replaceAll("(?m)^ +ssl\\.keystore.*\\n", ""));
        CommandResult answer = CommandResult.to("validate", "-c", file.toString());
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).contains("1 problem", "refused the login", "ssl.keystore.location");
    }

    private static Set<AclOperation> may(KafkaFuture<TopicDescription> described) throws Exception {
        try {
            return described.get(30, TimeUnit.SECONDS).authorizedOperations();
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(TopicAuthorizationException.class);
            return Set.of();
        }
    }
}
