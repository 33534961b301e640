// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.config.PipelineConfig.EncodeOrder;
import io.sensorium.job.config.PipelineConfig.Guarantee;
import io.sensorium.job.config.PipelineConfig.Limits;
import io.sensorium.job.config.PipelineConfig.Start;
import io.sensorium.job.config.PipelineConfig.StateBackend;
import io.sensorium.job.operator.Operator;
import io.sensorium.operators.engine.EngineSettings;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.pipeline.Quantities;
import io.sensorium.pipeline.RegistryAccess;
import io.sensorium.pipeline.RollupSection;
import io.sensorium.pipeline.SideTopics;
import io.sensorium.schemas.ApicurioIds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads pipeline files. */
public final class PipelineFile {

    private PipelineFile() {}

    /**
     * Reads and checks a file.
     *
     * @throws ConfigurationException with every problem
     */
    public static PipelineConfig read(Path file) throws ConfigurationException {
        Draft draft = draft(file);
        if (!draft.problems().isEmpty()) {
            throw new ConfigurationException(file.toString(), draft.problems());
        }
        return draft.config();
    }

    /**
     * A file as it was read.
     *
     * @param config with the default in place of each value that has a problem
     * @param problems of the file; empty where the configuration can be used
     */
    public record Draft(PipelineConfig config, List<String> problems) {}

    /**
     * Reads a file and keeps what is right in it, so that the rest can be checked in the same pass.
     *
     * @throws ConfigurationException when it is not readable YAML
     */
    public static Draft draft(Path file) throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        try {
            PipelineConfig config = read(ConfigNode.parse(file.toString(), Files.readString(file), problems));
            problems.addAll(config.kafka().unresolvedSecrets(System.getenv()));
            problems.addAll(config.registry().unresolvedSecrets(System.getenv()));
            return new Draft(withStateFolder(file, config, problems), problems);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(
                    file.toString(), List.of("there is no such file; -c names the pipeline file"));
        } catch (IOException e) {
            throw new ConfigurationException(file.toString(), List.of("cannot be read: " + e));
        }
    }

    private static PipelineConfig withStateFolder(Path file, PipelineConfig config, List<String> problems) {
        try {
            return config.withStateDir(
                    StateFolder.of(file, config.runtime().stateDir()).toString());
        } catch (InvalidPathException e) {
            problems.add("runtime.state_dir: " + e.getReason() + "; expected the path of a folder");
            return config;
        }
    }

    /**
     * Parses and checks the text of a file.
     *
     * @throws ConfigurationException with every problem
     */
    public static PipelineConfig parse(String name, String text) throws ConfigurationException {
        return parse(name, text, (path, expected, fallback) -> {});
    }

    /** {@link #parse(String, String)} before a listener, which receives every key that can be configured. */
    static PipelineConfig parse(String name, String text, ConfigNode.Listener listener) throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        PipelineConfig config = read(ConfigNode.parse(name, text, problems, listener));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(name, problems);
        }
        return config;
    }

    private static PipelineConfig read(ConfigNode root) {
        String pipeline = root.text("pipeline", "sensorium");
        if (!pipeline.matches("[A-Za-z0-9._-]{1,64}")) {
            root.problem(
                    "pipeline",
                    "is \"" + pipeline + "\", expected 1 to 64 letters, digits, dots, dashes or underscores");
        }
        KafkaCluster kafka = KafkaCluster.read(root);
        RegistryAccess registry = RegistryAccess.read(root);
        if (registry.type().equals("apicurio")) {
            ApicurioIds.problems(registry.properties())
                    .forEach(problem -> root.problem("registry.properties", problem));
        }
        List<Modality> modalities = modalities(root);
        modalities.stream()
                .filter(modality -> registry.type().equals("apicurio")
                        && modality.events() != null
                        && modality.events().format() == EventMapping.Format.PROTOBUF)
                .forEach(modality -> root.problem(
                        "modalities." + modality.name() + ".format",
                        "is protobuf, which is not supported with Apicurio's own ids; set registry.type: confluent and the "
                                + "registry's /apis/ccompat/v7 as its url"));
        List<String> names = modalities.stream().map(Modality::name).toList();
        ConfigNode alignNode = root.child("align");
        AlignSettings align = AlignSection.read(alignNode, modalities);
        ConfigNode validNode = alignNode.child("valid_time");
        var validTime = new PipelineConfig.ValidTime(
                validNode.instantOrOff("earliest", Instant.ofEpochMilli(1)),
                validNode.durationOrOff("max_ahead", Duration.ofDays(1)));
        validNode.refuseUnknown();
        alignNode.refuseUnknown();
        List<Operator> operators = OperatorSection.read(root, names, align);
        SideTopics sideTopics = SideTopics.read(root);
        PipelineConfig.Emit emit = EmitSection.read(root, align, names);
        Limits limits = limits(root.child("limits"));
        ConfigNode deadNode = root.child("dead_letters");
        var deadLetters = new PipelineConfig.DeadLetterBytes(
                deadNode.size("max_bytes", 900 << 10), deadNode.flag("truncate", false));
        deadNode.refuseUnknown();
        ConfigNode mediaNode = root.child("media");
        MediaLimits media = new MediaLimits(
                mediaNode.size("max_bytes", MediaLimits.DEFAULT.maxBytes()),
                mediaNode.number("max_pixels", (int) MediaLimits.DEFAULT.maxPixels(), 1, Integer.MAX_VALUE),
                mediaNode.positiveDuration("max_audio", MediaLimits.DEFAULT.maxAudio()),
                mediaNode.positiveDuration("max_decode", MediaLimits.DEFAULT.maxDecode()));
        mediaNode.refuseUnknown();
        var references = ReferenceSection.read(root);
        var runtime = runtime(root.child("runtime"), pipeline);
        ConfigNode rolloutNode = root.child("rollout");
        var watch = new PipelineConfig.Watch(
                rolloutNode.text("watch", ""), rolloutNode.positiveDuration("poll", Duration.ofSeconds(2)));
        rolloutNode.refuseUnknown();
        Moderation moderation = ModerationSection.read(root, names);
        BankSettings bank = BankSection.read(root);
        RollupSection rollup = RollupSection.read(root, pipeline, emit.attributes());
        List<String> packs = packs(root);
        root.refuseUnknown();
        Map<String, String> others = new TreeMap<>(Map.of(
                "side_topics.incomplete",
                sideTopics.incomplete(),
                "side_topics.late",
                sideTopics.late(),
                "side_topics.dead_letters",
                sideTopics.deadLetters(),
                "side_topics.shadow",
                sideTopics.shadow(),
                "moderation.output",
                moderation.output(),
                "rollup.output",
                rollup.output()));
        if (bank.on()) {
            others.put("bank.topic", bank.topic());
        }
        SharedTopics.check(root, modalities, operators, others);
        return new PipelineConfig(
                pipeline,
                packs,
                kafka,
                registry,
                modalities,
                align,
                validTime,
                operators,
                sideTopics,
                emit,
                limits,
                deadLetters,
                media,
                references,
                runtime,
                watch,
                moderation,
                bank,
                rollup);
    }

    private static List<String> packs(ConfigNode root) {
        List<String> packs = new ArrayList<>();
        for (String pack : root.texts("packs")) {
            try {
                packs.add(root.resolve(pack).toString());
            } catch (InvalidPathException e) {
                root.problem("packs", "has \"" + pack + "\": " + e.getReason() + "; expected the path of a folder");
            }
        }
        return packs;
    }

    private static Limits limits(ConfigNode node) {
        Limits limits = new Limits(
                bytes(node, "id_bytes", Limits.DEFAULT.idBytes(), 1, 64 << 10),
                bytes(node, "attributes_bytes", Limits.DEFAULT.attributesBytes(), 0, 4 << 20),
                node.number("text_chars", Limits.DEFAULT.textChars(), 1, 16 << 20));
        node.refuseUnknown();
        return limits;
    }

    private static int bytes(ConfigNode node, String key, int fallback, int least, int most) {
        long value = node.size(key, fallback);
        if (value < least || value > most) {
            node.problem(key, "is " + value + " bytes, expected " + least + " to " + most);
            return fallback;
        }
        return (int) value;
    }

    private static List<Modality> modalities(ConfigNode root) {
        List<Modality> modalities = new ArrayList<>();
        if (!root.has("modalities")) {
            root.problem(
                    "modalities",
                    "is missing; declare at least one, such as text: {topic: media.text, encoder: text-bge-small-en}");
        }
        Map<String, ConfigNode> children = root.child("modalities").children();
        children.forEach((name, node) -> {
            String topic = node.topic("topic", "media." + name);
            String encoder = node.has("embedding") && !node.has("encoder")
                    ? ""
                    : node.required(
                            "encoder",
                            "name a model, such as text-bge-small-en; ./sensorium models lists "
                                    + "them. A modality whose events bring their vectors has embedding: {dimension: N} instead");
            PipelineConfig.Embedding embedding = embedding(node);
            String schemaSubject = node.text("schema_subject", topic + "-value");
            modalities.add(new Modality(
                    name,
                    topic,
                    encoder,
                    node.duration("out_of_orderness", Duration.ofSeconds(2)),
                    node.positiveDuration("idle_timeout", Duration.ofSeconds(10)),
                    node.parsed(
                            "clock_offset",
                            Duration.ZERO,
                            "a duration, with a minus sign where the clock is ahead",
                            PipelineFile::signedDuration),
                    embedding,
                    EventSection.read(node),
                    schemaSubject,
                    null));
        });
        children.forEach((name, node) -> {
            DeriveSection.add(name, node, modalities);
            node.refuseUnknown();
        });
        if (modalities.size() > 32) {
            root.problem("modalities", "are " + modalities.size() + ", expected at most 32, derived ones included");
        }
        modalities.sort(Comparator.comparing(Modality::name));
        return modalities;
    }

    private static PipelineConfig.Embedding embedding(ConfigNode modality) {
        if (!modality.has("embedding")) {
            return null;
        }
        if (modality.has("encoder")) {
            modality.problem(
                    "encoder",
                    "is set, and embedding as well, with which events need no encoder; leave one of them out");
        }
        ConfigNode node = modality.child("embedding");
        if (!node.has("dimension")) {
            node.problem("dimension", "is missing, expected how many numbers each embedding has");
        }
        var embedding = new PipelineConfig.Embedding(node.number("dimension", 1, 1, 1 << 16), node.text("model", ""));
        node.refuseUnknown();
        return embedding;
    }

    private static Duration signedDuration(String text) {
        boolean negative = text.startsWith("-");
        Duration duration = Quantities.duration(negative ? text.substring(1) : text);
        return negative ? duration.negated() : duration;
    }

    private static final long LEAST_CHECKPOINT_INTERVAL_MS = 10;

    /** Under load buffers fill sooner; Flink's own default of 100 ms is most of a result's delay. */
    private static final Duration DEFAULT_BUFFER_TIMEOUT = Duration.ofMillis(1);

    private static PipelineConfig.Runtime runtime(ConfigNode node, String pipeline) {
        String device = node.text("device", "auto");
        try {
            Device.parse(device);
        } catch (IllegalArgumentException e) {
            node.problem("device", e.getMessage());
            device = "auto";
        }
        int maxBatch = node.number("max_batch", 32, 1, 4096);
        Duration maxDelay = node.duration("max_delay", Duration.ofMillis(20));
        EngineSettings engine = new EngineSettings(
                maxBatch,
                maxDelay,
                node.has("queue_records") ? node.number("queue_records", 4 * maxBatch, maxBatch, 1 << 20) : 0,
                Math.max(1, node.size("queue_bytes", 64L << 20)),
                node.number("workers", Runtime.getRuntime().availableProcessors(), 1, 1024));
        var runtime = new PipelineConfig.Runtime(
                node.number("parallelism", 2, 1, 1024),
                node.choice("guarantee", Guarantee.class, Guarantee.EXACTLY_ONCE),
                node.positiveDuration("checkpoint_interval", Duration.ofSeconds(5)),
                device,
                node.choice("state_backend", StateBackend.class, StateBackend.HEAP),
                node.text("state_dir", "./state/" + pipeline),
                node.choice("start", Start.class, Start.EARLIEST),
                node.flag("allow_noncommercial", true),
                maxDelay,
                bufferTimeout(node),
                node.properties("flink"),
                engine,
                node.choice("encode_order", EncodeOrder.class, EncodeOrder.ORDERED),
                node.size("state_cache", 256L << 20),
                node.positiveDurationOrOff("max_drift", null),
                http(node),
                node.flag("tracing", false));
        if (runtime.checkpointInterval().toMillis() < LEAST_CHECKPOINT_INTERVAL_MS) {
            node.problem(
                    "checkpoint_interval",
                    "is " + runtime.checkpointInterval().toMillis() + "ms, expected at least "
                            + LEAST_CHECKPOINT_INTERVAL_MS + "ms, the least that Flink takes");
        }
        node.refuseUnknown();
        return runtime;
    }

    private static String http(ConfigNode node) {
        if (node.isOff("http")) {
            return "off";
        }
        String address = node.text("http", "127.0.0.1:0");
        if (!address.matches(".+:[0-9]{1,5}")
                || Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)) > 65_535) {
            node.problem(
                    "http",
                    "is \"" + address
                            + "\", expected HOST:PORT, such as 127.0.0.1:8083 (port 0 is any free one), or off");
            return "127.0.0.1:0";
        }
        return address;
    }

    private static Duration bufferTimeout(ConfigNode node) {
        if (node.isOff("buffer_timeout")) {
            node.problem(
                    "buffer_timeout",
                    "is off, expected a duration of at least 0ms, with which each record is sent by itself; "
                            + "with 1d buffers are sent when they are full");
            return DEFAULT_BUFFER_TIMEOUT;
        }
        return node.duration("buffer_timeout", DEFAULT_BUFFER_TIMEOUT);
    }
}
