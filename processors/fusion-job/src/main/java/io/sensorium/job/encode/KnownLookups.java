// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.alignment.Evidence.KnownItem;
import io.sensorium.job.bank.Bank;
import io.sensorium.job.bank.BankPositions;
import io.sensorium.job.batch.BucketHistogram;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.bank.Match;
import io.sensorium.operators.bank.Match.By;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.engine.Histogram;
import io.sensorium.operators.onnx.EmbeddingBytes;
import io.sensorium.pipeline.ConfigurationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares events with the pipeline's bank of known content, where it has one. A checkpoint holds how far the bank had
 * been read; its items are in its topic. For the task's thread.
 */
final class KnownLookups implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KnownLookups.class);

    private static final ListStateDescriptor<String> POSITIONS =
            new ListStateDescriptor<>("bank-positions", Types.STRING);

    private final PipelineConfig config;
    private final boolean on;
    private ListState<String> state;
    private final List<BankPositions> restored = new ArrayList<>();
    private Bank bank;
    private Counter matches;
    private Histogram seconds;

    KnownLookups(PipelineConfig config) {
        this.config = config;
        this.on = config.bank().on();
    }

    /** Reads how far the bank had been read. */
    void restore(StateInitializationContext context) throws Exception {
        if (!on) {
            return;
        }
        state = context.getOperatorStateStore().getUnionListState(POSITIONS);
        for (String position : state.get()) {
            restored.add(BankPositions.parse(position));
        }
    }

    /** Saves how far the bank has been read. */
    void snapshot() throws Exception {
        if (on) {
            state.update(List.of(bank.positions().toText()));
        }
    }

    /**
     * Opens the bank and waits until it is loaded.
     *
     * @param bundle the pipeline file's models
     * @throws ConfigurationException when the bundle's models are unavailable
     * @throws IOException where it is not loaded in time
     */
    void open(ModelBundle bundle, MetricGroup group) throws ConfigurationException, IOException, InterruptedException {
        if (!on) {
            return;
        }
        bank = Bank.open(config, PipelineModels.of(config, bundle));
        matches = group.counter("bank_matches_total");
        seconds = Histogram.ofSeconds();
        group.histogram("bank_lookup_seconds", new BucketHistogram(seconds));
        if (bank.isFirst()) {
            for (By by : By.values()) {
                group.addGroup("by", name(by))
                        .gauge("bank_entries", () -> bank.content().size(by));
            }
            group.gauge("bank_bytes", () -> bank.content().bytes());
            group.gauge("bank_bad_entries_total", bank::bad);
            group.gauge("bank_updated_timestamp_seconds", () -> bank.updatedAt() / 1e3);
            group.gauge("bank_reading", () -> bank.isReading() ? 1 : 0);
        }
        bank.awaitLoaded();
        BankPositions now = bank.positions();
        restored.stream().flatMap(then -> then.lost(now).stream()).distinct().forEach(LOG::warn);
    }

    private static String name(By by) {
        return by.name().toLowerCase(Locale.ROOT);
    }

    /**
     * What some encoded content is known as.
     *
     * @param encoder name@version of its encoder
     * @return null for nothing
     */
    KnownItem of(String encoder, Outcome.Encoded encoded) {
        if (!on) {
            return null;
        }
        long since = System.nanoTime();
        Match match = null;
        Fingerprint fingerprint = encoded.fingerprint();
        if (fingerprint != null
                && !(fingerprint instanceof Fingerprint.Image image
                        && image.quality() < config.bank().minQuality())) {
            match = bank.content().find(fingerprint);
        }
        return found(Match.better(match, bank.content().find(encoder, encoded.vector())), since);
    }

    /** {@link #of(String, Outcome.Encoded)} for an event that brought its embedding. */
    KnownItem of(IngestRecord.Event event, LoadedEncoder encoder) {
        // Without an encoder of the pipeline's own, the embedding is by what the event names.
        String model = encoder.expected() == null ? encoder.manifest().id() : event.vectorModel();
        if (!on || !bank.content().hasEmbeddings(model, encoder.manifest().dimension())) {
            return null;
        }
        long since = System.nanoTime();
        return found(bank.content().find(model, EmbeddingBytes.toFloat32(event.vector())), since);
    }

    private KnownItem found(Match match, long since) {
        seconds.add((System.nanoTime() - since) / 1e9);
        if (match == null) {
            return null;
        }
        matches.inc();
        return new KnownItem(match.id(), match.label(), name(match.by()), match.distance());
    }

    @Override
    public void close() {
        if (bank != null) {
            bank.close();
        }
    }
}
