// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.Modality;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.SchemaRegistry;
import java.util.List;
import org.apache.flink.metrics.MetricGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every format of records. */
public final class EventFormats {

    private static final Logger LOG = LoggerFactory.getLogger(EventFormats.class);

    private EventFormats() {}

    /** This project's own event schemas. */
    public static EventFormat own(ModelKind encoder, SchemaRegistry registry) {
        return new SensoriumEvents(encoder, registry);
    }

    /**
     * The format of a modality's topic.
     *
     * @param readers every modality that reads the topic, this one among them
     * @param encoder kind of the modality's encoder, which determines what its events are
     * @param metrics of the reader
     */
    public static EventFormat of(
            Modality modality,
            List<Modality> readers,
            ModelKind encoder,
            SchemaRegistry registry,
            MetricGroup metrics) {
        if (modality.events() == null) {
            return own(encoder, registry);
        }
        RecordTree tree = tree(modality.events().format(), registry);
        boolean shared = readers.size() > 1;
        FieldMisses misses = new FieldMisses(modality, shared, metrics, LOG::warn);
        MappedEvents events = new MappedEvents(modality, encoder, tree, misses);
        return shared ? new SharedTopicEvents(modality, readers, tree, events, misses) : events;
    }

    static RecordTree tree(EventMapping.Format format, SchemaRegistry registry) {
        return switch (format) {
            case AVRO -> new AvroTree(registry);
            case JSON -> new JsonTree(0);
            case JSON_SCHEMA -> new JsonTree(registry.idBytes());
            case PROTOBUF -> new ProtobufTree(registry);
            case CLOUDEVENTS -> new CloudEventTree();
            case BYTES -> record -> null;
        };
    }
}
