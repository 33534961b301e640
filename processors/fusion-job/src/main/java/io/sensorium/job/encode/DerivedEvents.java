// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.encode;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.engine.EncodingEngine;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of modalities that are derived from another's: text that recognizers find in its content, each with the
 * id, the time and the coordinates of the event that it was found in. Where there is no text, there is no event. A
 * recognizer that fails on a record takes nothing from it but the derived event, which is counted. For the task's
 * thread.
 */
final class DerivedEvents implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DerivedEvents.class);

    private final List<Recognition> recognitions = new ArrayList<>();

    /** A modality that is derived, with the engine of its recognizer. */
    private static final class Recognition {
        private final OutputTag<IngestRecord> tag;
        private final String recognizer;
        private final EncodingEngine engine;
        private final Counter events;
        private final Counter empty;
        private final Counter failures;

        Recognition(Modality modality, PackedModel recognizer, EncodingEngine engine, MetricGroup group) {
            this.tag = EncodeOperator.derived(modality);
            this.recognizer = recognizer.manifest().id();
            this.engine = engine;
            this.events = group.counter("derived_events_total");
            this.empty = group.counter("derived_empty_total");
            this.failures = group.counter("derived_failures_total");
        }
    }

    /**
     * An event and the output that its modality's encoder reads.
     *
     * @param event with text as its content
     */
    record Derived(OutputTag<IngestRecord> tag, IngestRecord.Event event) {}

    private DerivedEvents() {}

    /**
     * Opens the recognizers for what is derived from a modality.
     *
     * @param group of the modality's metrics
     * @throws ConfigurationException when the bundle's models are unavailable
     */
    static DerivedEvents open(PipelineConfig config, ModelBundle bundle, int modality, MetricGroup group)
            throws ConfigurationException {
        DerivedEvents derived = new DerivedEvents();
        List<Modality> modalities = config.derivedFrom(config.modalities().get(modality));
        if (modalities.isEmpty()) {
            return derived;
        }
        PipelineModels models = PipelineModels.of(config, bundle);
        try {
            modalities.forEach(
                    each -> derived.open(config, each, models.recognizers().get(each.name()), group));
        } catch (RuntimeException e) {
            derived.close();
            throw e;
        }
        return derived;
    }

    private void open(PipelineConfig config, Modality modality, PackedModel recognizer, MetricGroup group) {
        recognitions.add(new Recognition(
                modality,
                recognizer,
                EncodingEngine.open(
                        recognizer,
                        config.media(),
                        Device.parse(config.runtime().device()),
                        config.runtime().engine()),
                group.addGroup("derived", modality.name())));
    }

    /**
     * Gives content to the recognizers; as {@link LoadedEncoder#encode}.
     *
     * @return one outcome for each modality
     * @throws InterruptedException while waiting
     */
    List<CompletableFuture<Outcome>> submit(Content content, CompletableFuture<Content> fetched)
            throws InterruptedException {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>(recognitions.size());
        for (Recognition recognition : recognitions) {
            outcomes.add(LoadedEncoder.submit(recognition.engine, content, fetched));
        }
        return outcomes;
    }

    /** The events that are derived from one. */
    List<Derived> of(IngestRecord.Event event, List<Outcome> outcomes) {
        List<Derived> derived = new ArrayList<>(outcomes.size());
        for (int i = 0; i < outcomes.size(); i++) {
            Recognition recognition = recognitions.get(i);
            if (outcomes.get(i) instanceof Failed failed) {
                recognition.failures.inc();
                LOG.warn(
                        "{} failed on event {} of subject {}, which goes on without what it would have found: {}",
                        recognition.recognizer,
                        event.eventId(),
                        event.subjectId(),
                        failed.message());
            } else if (outcomes.get(i) instanceof Recognized recognized) {
                if (recognized.text().isBlank()) {
                    recognition.empty.inc();
                } else {
                    recognition.events.inc();
                    derived.add(new Derived(recognition.tag, event.derived(recognized)));
                }
            }
        }
        return derived;
    }

    @Override
    public void close() {
        recognitions.forEach(recognition -> recognition.engine.close());
    }
}
