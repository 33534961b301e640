// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.fuse.ModerationValues;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.rollout.RolloutCheck;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.FailureMessages;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.topics.TopicCreation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Everything about a pipeline that can be wrong outside its file: models, topics, registry. Collects all of it.
 *
 * @param problems what keeps the pipeline from running
 * @param warnings what may be meant so
 * @param models present where there are no problems with them
 * @param found the models that were found, which can be tried even where others have problems
 * @param partitions of each topic that exists
 * @param topicIds of each topic that exists
 * @param missingOutputs output topics, and the bank's, that do not exist yet
 * @param limits largest record, in bytes, of each output topic that exists and may be asked about
 * @param compared for each input topic, with which schema it was compared
 */
public record PipelineCheck(
        List<String> problems,
        List<String> warnings,
        Optional<PipelineModels> models,
        PipelineModels.Found found,
        Map<String, Integer> partitions,
        Map<String, Uuid> topicIds,
        List<String> missingOutputs,
        Map<String, Integer> limits,
        List<String> compared) {

    private static final int TIMEOUT_SECONDS = 15;

    /**
     * Reads a file. Where it has problems, everything else is checked as well, so that one exception lists all of them.
     *
     * @throws ConfigurationException with every problem of the file, its models, its topics and its registry
     */
    public static PipelineConfig read(Path file) throws ConfigurationException {
        return read(file, (config, check) -> List.of());
    }

    /**
     * {@link #read(Path)} with what the caller checks on top.
     *
     * @param further the problems of a configuration that was checked; asked only where the file has problems
     * @throws ConfigurationException with those too
     */
    public static PipelineConfig read(Path file, BiFunction<PipelineConfig, PipelineCheck, List<String>> further)
            throws ConfigurationException {
        PipelineFile.Draft draft = PipelineFile.draft(file);
        if (draft.problems().isEmpty()) {
            return draft.config();
        }
        Set<String> keys = draft.problems().stream().map(PipelineCheck::key).collect(Collectors.toSet());
        List<String> problems = new ArrayList<>(draft.problems());
        // A key with a problem has its default meanwhile, of which nothing should be reported.
        PipelineCheck check = of(draft.config());
        Stream.concat(check.problems().stream(), further.apply(draft.config(), check).stream())
                .filter(problem ->
                        keys.stream().noneMatch(key -> key.equals(key(problem)) || key.startsWith(key(problem) + ".")))
                .forEach(problems::add);
        throw new ConfigurationException(file.toString(), problems);
    }

    private static String key(String problem) {
        int colon = problem.indexOf(": ");
        return colon < 0 ? problem : problem.substring(0, colon);
    }

    /** Checks a pipeline; reads only. */
    public static PipelineCheck of(PipelineConfig config) {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        PipelineModels.Found found = PipelineModels.find(config, problems, warnings);
        Optional<PipelineModels> models = problems.isEmpty() ? found.bound() : Optional.empty();
        ModerationValues.check(config, found, problems);
        TopicSchemas.payloads(config.modalities(), found.encoders(), problems);
        MappedConstants.check(config, problems, warnings);
        if (config.rollout().on()) {
            RolloutCheck.look(config, models, problems, warnings);
        }
        drift(config, warnings);
        if (config.emit().provisional() == PipelineConfig.Provisional.IMMEDIATE
                && config.runtime().guarantee() == PipelineConfig.Guarantee.AT_LEAST_ONCE) {
            warnings.add(
                    "emit.provisional is immediate, which has no effect with runtime.guarantee: at_least_once: every"
                            + " result is sent at once; remove the key, or set the guarantee to exactly_once");
        }
        FlinkOptions.check(config.runtime().flink(), problems, warnings);
        ClientProperties.check(config, problems, warnings);
        Map<String, Integer> partitions = new LinkedHashMap<>();
        Map<String, Uuid> topicIds = new LinkedHashMap<>();
        List<String> missingOutputs = new ArrayList<>();
        Map<String, Integer> limits = new LinkedHashMap<>();
        OptionalLong longestTransaction = OptionalLong.empty();
        // A client with a secret that is missing would be refused, which would only obscure what is wrong.
        List<String> unresolved = config.kafka().unresolvedSecrets(System.getenv());
        problems.addAll(unresolved);
        if (unresolved.isEmpty()) {
            longestTransaction = topics(config, problems, warnings, partitions, topicIds, missingOutputs, limits);
        }
        List<String> compared = new ArrayList<>();
        TopicSchemas.withoutSchemas(config.sources(), compared);
        TransactionTimes.check(config, longestTransaction, problems);
        unresolved = config.registry().unresolvedSecrets(System.getenv());
        problems.addAll(unresolved);
        if (unresolved.isEmpty() && OutputSchemas.needRegistry(config)) {
            registry(config, found, problems, warnings, compared);
        }
        return new PipelineCheck(
                problems, warnings, models, found, partitions, topicIds, missingOutputs, limits, compared);
    }

    /** What is wrong with mappings of payloads; needs neither broker nor registry. */
    public static List<String> payloads(PipelineConfig config, PipelineModels models) {
        List<String> problems = new ArrayList<>();
        TopicSchemas.payloads(config.modalities(), models.encoders(), problems);
        return problems;
    }

    /** What a small drift makes wait. */
    private static void drift(PipelineConfig config, List<String> warnings) {
        Duration drift = config.runtime().maxDrift();
        if (drift == null) {
            return;
        }
        config.modalities().stream()
                .filter(modality -> modality.idleTimeout().compareTo(drift) > 0)
                .forEach(modality ->
                        warnings.add("runtime.max_drift is " + drift.toMillis() + "ms, less than modalities."
                                + modality.name() + ".idle_timeout of "
                                + modality.idleTimeout().toMillis()
                                + "ms: when a partition of it falls silent, the other modalities are not read "
                                + "until it is held idle"));
        Duration ahead = config.validTime().maxAhead();
        if (ahead == null || ahead.compareTo(drift) > 0) {
            warnings.add("runtime.max_drift is " + drift.toMillis() + "ms, less than align.valid_time.max_ahead"
                    + (ahead == null ? ", which is off" : " of " + ahead.toMillis() + "ms")
                    + ": one event from the future pauses its partition until the others are there; set "
                    + "max_ahead to the drift at most");
        }
    }

    /** @return the longest transaction timeout that the broker allows, in ms; empty where it is not known */
    private static OptionalLong topics(
            PipelineConfig config,
            List<String> problems,
            List<String> warnings,
            Map<String, Integer> partitions,
            Map<String, Uuid> topicIds,
            List<String> missingOutputs,
            Map<String, Integer> limits) {
        OptionalLong longestTransaction = OptionalLong.empty();
        Set<String> outputs = OutputSchemas.topics(config).keySet();
        Set<String> created = new LinkedHashSet<>(outputs);
        if (config.bank().on()) {
            created.add(config.bank().topic());
        }
        List<String> all = new ArrayList<>(
                config.modalities().stream().map(Modality::topic).toList());
        all.addAll(created);
        try (Admin admin = admin(config)) {
            admin.describeTopics(all).topicNameValues().forEach((topic, description) -> {
                try {
                    TopicDescription found = description.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                    partitions.put(topic, found.partitions().size());
                    topicIds.put(topic, found.topicId());
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException
                            || e.getCause() instanceof AuthenticationException) {
                        throw new UnreachableException(e.getCause());
                    } else if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        problems.add("topic " + topic + ": cannot be described: "
                                + e.getCause().getMessage());
                    } else if (created.contains(topic)) {
                        missingOutputs.add(topic);
                    } else {
                        config.sources().stream()
                                .filter(modality -> modality.topic().equals(topic))
                                .forEach(modality -> problems.add("modalities."
                                        + modality.name() + ".topic: there is no topic \"" + topic + "\" at "
                                        + config.kafka().bootstrapServers()
                                        + "; create it, allowing records of 16 MiB (max.message.bytes)"));
                    }
                } catch (TimeoutException e) {
                    throw new UnreachableException(e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new UnreachableException(e);
                }
            });
            longestTransaction = BrokerLimits.maxTransactionTimeout(admin, Duration.ofSeconds(TIMEOUT_SECONDS));
            limits.putAll(TopicLimits.read(
                    admin,
                    config,
                    outputs.stream().filter(partitions::containsKey).toList(),
                    problems,
                    warnings));
            if (partitions.containsKey(config.bank().topic())) {
                BankTopic.check(admin, config.bank().topic(), warnings);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problems.add("kafka.bootstrap_servers: interrupted while the topics' limits were read");
            return longestTransaction;
        } catch (ClientConfigException e) {
            problems.add(e.getMessage());
            return longestTransaction;
        } catch (UnreachableException | org.apache.kafka.common.KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof AuthenticationException refusal) {
                problems.add(KafkaLogin.refused(config, refusal));
            } else {
                problems.add("kafka.bootstrap_servers: no broker answers at "
                        + config.kafka().bootstrapServers() + " within " + TIMEOUT_SECONDS + " s (" + cause
                        + "); check the address and kafka.properties (TLS, SASL)");
            }
            return longestTransaction;
        }
        if (!missingOutputs.isEmpty() && !config.kafka().createTopics()) {
            problems.add("kafka.create_topics is false and these topics do not exist: " + missingOutputs
                    + "; create them or set it to true");
        }
        return longestTransaction;
    }

    private static Admin admin(PipelineConfig config) {
        try {
            return Admin.create(adminProperties(config));
        } catch (org.apache.kafka.common.KafkaException e) {
            throw new ClientConfigException(KafkaLogin.noClient(config, e));
        }
    }

    private static final class ClientConfigException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ClientConfigException(String message) {
            super(message);
        }
    }

    private static final class UnreachableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreachableException(Throwable cause) {
            super(cause);
        }
    }

    private static void registry(
            PipelineConfig config,
            PipelineModels.Found found,
            List<String> problems,
            List<String> warnings,
            List<String> compared) {
        RegistryClient registry;
        try {
            registry = RegistryClient.of(
                    config.registry().type(),
                    config.registry().url(),
                    config.registry().properties());
        } catch (RuntimeException e) {
            problems.add("registry.properties: no client of the registry can be made with these properties: "
                    + String.join(": ", FailureMessages.of(e)));
            return;
        }
        try {
            registry.requireAnswer();
            TopicSchemas.check(config.modalities(), found.encoders(), registry, problems, warnings, compared);
        } catch (IOException | RuntimeException e) {
            problems.add("registry.url: " + e.getMessage());
        }
    }

    /**
     * Creates the output topics that do not exist, as many partitions as the widest input.
     *
     * @throws IOException when the broker refuses
     */
    public void createOutputs(PipelineConfig config) throws IOException {
        int width = config.modalities().stream()
                .mapToInt(modality -> partitions.getOrDefault(modality.topic(), 1))
                .max()
                .orElse(1);
        try (Admin admin = Admin.create(adminProperties(config))) {
            TopicCreation.createMissing(
                    admin,
                    missingOutputs.stream()
                            .map(topic -> topic.equals(config.bank().topic())
                                    ? BankTopic.of(config)
                                    : new NewTopic(topic, Optional.of(width), Optional.empty())
                                            .configs(Map.of(
                                                    "max.message.bytes",
                                                    Integer.toString(OutputSchemas.MAX_RECORD_BYTES + (1 << 20)))))
                            .toList(),
                    Duration.ofSeconds(TIMEOUT_SECONDS));
        } catch (ExecutionException e) {
            throw new IOException(
                    "could not create the output topics " + missingOutputs + ": "
                            + e.getCause().getMessage() + "; create them by hand, or grant the user the right to",
                    e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(
                    "the broker did not create the output topics " + missingOutputs + " within " + TIMEOUT_SECONDS
                            + " s",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while creating topics", e);
        }
    }

    private static Properties adminProperties(PipelineConfig config) {
        Properties properties = config.kafka().clientProperties();
        properties.putIfAbsent("request.timeout.ms", "10000");
        properties.putIfAbsent("default.api.timeout.ms", Integer.toString(TIMEOUT_SECONDS * 1000));
        return properties;
    }
}
