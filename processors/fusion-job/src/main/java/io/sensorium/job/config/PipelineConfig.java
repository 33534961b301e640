// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.alignment.AlignSettings;
import io.sensorium.job.operator.Operator;
import io.sensorium.operators.engine.EngineSettings;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.pipeline.KafkaCluster;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.pipeline.RegistryAccess;
import io.sensorium.pipeline.RollupSection;
import io.sensorium.pipeline.SideTopics;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One pipeline, validated. Read by {@link PipelineFile}.
 *
 * @param pipeline its name: part of every result id and of the transactional id prefix
 * @param packs folders of further model packs
 * @param modalities in the order of their names; an event's modality is an index into this list
 * @param align how events become windows
 * @param operators what is computed of each window
 * @param emit what results carry beside what was computed, and their keys
 * @param limits bounds on an event's fields, checked when it is read
 * @param deadLetters how much of a record its dead letter carries
 * @param references which claim checks are followed, and how
 * @param rollout where other models are announced while it runs
 * @param moderation what is decided of each window
 * @param bank known content that events are compared with
 * @param rollup how results are rolled up, which the roll-up app does
 */
public record PipelineConfig(
        String pipeline,
        List<String> packs,
        KafkaCluster kafka,
        RegistryAccess registry,
        List<Modality> modalities,
        AlignSettings align,
        ValidTime validTime,
        List<Operator> operators,
        SideTopics sideTopics,
        Emit emit,
        Limits limits,
        DeadLetterBytes deadLetters,
        MediaLimits media,
        References references,
        Runtime runtime,
        Watch rollout,
        Moderation moderation,
        BankSettings bank,
        RollupSection rollup)
        implements Serializable {

    /**
     * @param attributes keys of the attributes that travel to results, in the file's order
     * @param key of the records of result topics
     * @param provisional when PROVISIONAL results are sent, where the guarantee is exactly once
     * @param format of the values of all output topics
     * @param texts the modalities whose texts results and decisions carry
     */
    public record Emit(
            List<String> attributes, EmitKey key, Provisional provisional, OutputFormat format, List<String> texts)
            implements Serializable {

        /** Lists that Flink can send with the job. */
        public Emit {
            attributes = new ArrayList<>(attributes);
            texts = new ArrayList<>(texts);
        }
    }

    /**
     * The record key of result topics: SUBJECT keeps a subject's results in one partition, in order; RESULT_ID suits
     * upserts and compaction by result.
     */
    public enum EmitKey {
        SUBJECT,
        RESULT_ID
    }

    /**
     * When PROVISIONAL results are sent: CHECKPOINT with the transaction that the next checkpoint commits, IMMEDIATE at
     * once and outside of any, at least once.
     */
    public enum Provisional {
        CHECKPOINT,
        IMMEDIATE
    }

    /**
     * Bounds on an event's fields.
     *
     * @param idBytes UTF-8 bytes of event_id, and of subject_id
     * @param attributesBytes UTF-8 bytes of all attributes' keys and values together
     * @param textChars UTF-16 units of a text
     */
    public record Limits(int idBytes, int attributesBytes, int textChars) implements Serializable {

        /** The contract's bounds on ids and attributes, and a million characters of text. */
        public static final Limits DEFAULT = new Limits(1 << 10, 64 << 10, 1_000_000);
    }

    /**
     * Embeddings that were encoded elsewhere.
     *
     * @param dimension numbers of each
     * @param model name or name@version that each event must state; empty for any
     */
    public record Embedding(int dimension, String model) implements Serializable {}

    /**
     * What of a record goes into its dead letter.
     *
     * @param maxBytes most of key, value and headers
     * @param truncate whether of a larger value the beginning goes, or nothing
     */
    public record DeadLetterBytes(long maxBytes, boolean truncate) implements Serializable {}

    /**
     * Which references are followed, and how.
     *
     * @param schemes of file, http, https, s3
     * @param hosts HOST, *.DOMAIN or *, with :PORT where it is not the scheme's own
     * @param folders of the workers that files may lie in
     * @param allowAddresses addresses and ranges in private networks that hosts may be at
     * @param timeout of one try, from the question to the last byte
     * @param deadline of all tries together
     * @param attempts tries in all
     * @param backoff before the second try; twice as long before each further one
     * @param inFlight fetched at once by a reader
     */
    public record References(
            List<String> schemes,
            List<String> hosts,
            List<String> folders,
            List<String> buckets,
            List<String> allowAddresses,
            Duration connectTimeout,
            Duration timeout,
            Duration deadline,
            int attempts,
            Duration backoff,
            int maxRedirects,
            int inFlight,
            Breaker breaker,
            S3 s3)
            implements Serializable {

        /** Lists that Flink can send with the job. */
        public References {
            schemes = new ArrayList<>(schemes);
            hosts = new ArrayList<>(hosts);
            folders = new ArrayList<>(folders);
            buckets = new ArrayList<>(buckets);
            allowAddresses = new ArrayList<>(allowAddresses);
        }

        /**
         * When a host or bucket is not asked for a while.
         *
         * @param failurePercent of the last calls, which open it
         * @param open how long it then stays so
         */
        public record Breaker(int failurePercent, int calls, Duration open) implements Serializable {}

        /** @param endpoint of what answers like S3; empty for Amazon's own */
        public record S3(String endpoint, String region, boolean pathStyle) implements Serializable {}
    }

    /** Bounds on event times; null is off. */
    public record ValidTime(Instant earliest, Duration maxAhead) implements Serializable {}

    /**
     * Where other models are announced while the pipeline runs.
     *
     * @param folder that holds {@code rollout.yaml}, or empty for none
     * @param poll how often it is looked at
     */
    public record Watch(String folder, Duration poll) implements Serializable {

        /** Whether there is a folder to watch. */
        public boolean on() {
            return !folder.isEmpty();
        }
    }

    /** How transactions are used. */
    public enum Guarantee {
        EXACTLY_ONCE,
        AT_LEAST_ONCE
    }

    /** Where keyed state is kept. */
    public enum StateBackend {
        HEAP,
        ROCKSDB
    }

    /** Whether encoded events leave in the order in which they came, or, between two watermarks, as they are done. */
    public enum EncodeOrder {
        ORDERED,
        UNORDERED
    }

    /** Where a run without saved state starts. */
    public enum Start {
        EARLIEST,
        LATEST,
        COMMITTED
    }

    /**
     * @param device auto, cpu, cuda:N or tensorrt:N
     * @param maxDelay longest wait for a batch of windows
     * @param bufferTimeout longest wait of a record for others in a network buffer; zero for none
     * @param flink further options of Flink
     * @param engine how encoders batch
     * @param encodeOrder in which encoded events leave
     * @param http HOST:PORT of health and metrics, or off
     * @param tracing whether traced events get spans
     * @param stateCache bytes of events that alignment keeps in memory before the RocksDB backend, over all subtasks
     * @param maxDrift how far a partition's watermark may be ahead of the slowest modality's before its reading pauses;
     *     null for off
     */
    public record Runtime(
            int parallelism,
            Guarantee guarantee,
            Duration checkpointInterval,
            String device,
            StateBackend stateBackend,
            String stateDir,
            Start start,
            boolean allowNoncommercial,
            Duration maxDelay,
            Duration bufferTimeout,
            Map<String, String> flink,
            EngineSettings engine,
            EncodeOrder encodeOrder,
            long stateCache,
            Duration maxDrift,
            String http,
            boolean tracing)
            implements Serializable {

        Runtime withStateDir(String other) {
            return new Runtime(
                    parallelism,
                    guarantee,
                    checkpointInterval,
                    device,
                    stateBackend,
                    other,
                    start,
                    allowNoncommercial,
                    maxDelay,
                    bufferTimeout,
                    flink,
                    engine,
                    encodeOrder,
                    stateCache,
                    maxDrift,
                    http,
                    tracing);
        }
    }

    /** The same with its state in another folder. */
    PipelineConfig withStateDir(String other) {
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
                runtime.withStateDir(other),
                rollout,
                moderation,
                bank,
                rollup);
    }

    /** The same with a bundle's models instead of those that the file names. */
    public PipelineConfig withModels(ModelBundle bundle) {
        List<String> allPacks = new ArrayList<>(packs);
        bundle.packs().stream().filter(pack -> !allPacks.contains(pack)).forEach(allPacks::add);
        List<Modality> encoded = modalities.stream()
                .map(modality ->
                        modality.withEncoder(bundle.encoders().getOrDefault(modality.name(), modality.encoder())))
                .toList();
        List<Operator> headed = operators.stream()
                .map(operator -> operator.withModel(bundle.operators().getOrDefault(operator.key(), operator.model())))
                .toList();
        return new PipelineConfig(
                pipeline,
                allPacks,
                kafka,
                registry,
                encoded,
                align,
                validTime,
                headed,
                sideTopics,
                emit,
                limits,
                deadLetters,
                media,
                references,
                runtime,
                rollout,
                moderation,
                bank,
                rollup);
    }

    /** The same, without a folder to watch. */
    public PipelineConfig withoutRollout() {
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
                new Watch("", rollout.poll()),
                moderation,
                bank,
                rollup);
    }

    /** Keys of the attributes that travel to results. */
    public List<String> emitAttributes() {
        return emit.attributes();
    }

    /** Whether a decision may have to be taken back, and so is kept while its window can change. */
    public boolean keepsDecisions() {
        return moderation.on() && align.firing().repeats();
    }

    /** The modalities that are read from topics. */
    public List<Modality> sources() {
        return modalities.stream().filter(modality -> !modality.isDerived()).toList();
    }

    /** The modalities that are derived from the events of one. */
    public List<Modality> derivedFrom(Modality source) {
        return modalities.stream()
                .filter(modality ->
                        modality.isDerived() && modality.derivation().from().equals(source.name()))
                .toList();
    }

    /** The modalities' names; an event's modality is an index into this list. */
    public List<String> modalityNames() {
        return modalities.stream().map(Modality::name).toList();
    }

    /** The modality's index, or -1. */
    public int modalityIndex(String name) {
        for (int i = 0; i < modalities.size(); i++) {
            if (modalities.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
