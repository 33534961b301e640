// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.inspect;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.job.ingest.EventDeserializer;
import io.sensorium.job.ingest.EventReader;
import io.sensorium.job.ingest.format.RecordRemarks;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.operators.encode.Content;
import io.sensorium.operators.encode.Outcome;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.ImageDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.schemas.RegistryClient;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads the newest records of input topics as the job would, without encoding them. For one thread. */
public final class TopicInspection implements AutoCloseable {

    /** A side in pixels to which no image is reduced. */
    private static final int WHOLE = 1 << 20;

    private final PipelineConfig config;
    private final PipelineModels models;
    private final RegistryClient registry;
    private final TopicRecords records;
    private final ImageDecoder images;
    private final AudioDecoder sounds;

    /** @param models of the pipeline, whose encoders determine what events are */
    public TopicInspection(PipelineConfig config, PipelineModels models) {
        this.config = config;
        this.models = models;
        this.registry = RegistryClient.of(
                config.registry().type(),
                config.registry().url(),
                config.registry().properties());
        this.records = new TopicRecords(config.kafka());
        this.images = new ImageDecoder(config.media());
        this.sounds = new AudioDecoder(config.media());
    }

    /**
     * A record and what it becomes.
     *
     * @param bytes of its value; -1 for a tombstone
     * @param content what the encoder would get, described; empty where there is none
     * @param contentType the media type that the record states
     * @param remarks what may be wrong with the mapping although the record is no dead letter
     */
    public record Inspected(
            IngestRecord record, int bytes, String content, Optional<String> contentType, List<String> remarks) {

        public Inspected {
            remarks = List.copyOf(remarks);
        }
    }

    /**
     * What the newest records of a modality's topic become.
     *
     * @param number of records, of all partitions together
     * @return by partition and offset; empty where the topic has none
     * @throws IOException when broker or registry cannot be reached
     */
    public List<Inspected> newest(Modality modality, int number) throws IOException {
        ModelKind kind = models.encoders()
                .get(config.modalities().indexOf(modality))
                .manifest()
                .kind();
        EventReader reader = EventReader.of(config, modality, kind, registry);
        RecordRemarks remarks = new RecordRemarks(modality.events(), registry);
        List<Inspected> inspected = new ArrayList<>();
        for (var record : records.newest(modality.topic(), number)) {
            IngestRecord read = reader.read(EventDeserializer.coordinates(record));
            int bytes = record.value() == null ? -1 : record.value().length;
            if (read instanceof IngestRecord.Event event) {
                inspected.add(inspected(event, modality, kind, bytes, remarks));
            } else {
                List<String> why =
                        read instanceof IngestRecord.Absent ? List.of(remarks.absence(read.origin())) : List.of();
                inspected.add(new Inspected(read, bytes, "", Optional.empty(), why));
            }
        }
        return inspected;
    }

    private Inspected inspected(
            IngestRecord.Event event, Modality modality, ModelKind kind, int bytes, RecordRemarks remarks)
            throws IOException {
        try {
            long time = event.time() - modality.clockOffset().toMillis();
            return new Inspected(
                    event,
                    bytes,
                    content(event, kind),
                    remarks.contentType(event.origin()),
                    remarks.event(event.origin(), time, event.readAt()));
        } catch (MediaException e) {
            FailureCode code = FailureCode.of(Outcome.Reason.of(e.problem()));
            String message = modality.events() == null
                    ? e.getMessage()
                    : modality.events().ofPayload(e.getMessage());
            return new Inspected(
                    new IngestRecord.Rejected(event.origin(), code, message), bytes, "", Optional.empty(), List.of());
        }
    }

    private String content(IngestRecord.Event event, ModelKind kind) throws MediaException {
        if (event.reference() != null) {
            return "a reference to " + event.reference().uri() + ", which is not fetched";
        }
        if (event.vector() != null) {
            return "an embedding of " + event.vector().length / Float.BYTES + " numbers by " + event.vectorModel();
        }
        if (event.content() instanceof Content.Text text) {
            text.requireNotBlank();
            return "a text of " + text.text().length() + " characters";
        }
        byte[] media = ((Content.Media) event.content()).bytes();
        if (kind == ModelKind.IMAGE_ENCODER) {
            BufferedImage image = images.decode(media, WHOLE);
            return "an image of " + image.getWidth() + " x " + image.getHeight() + " pixels, " + media.length
                    + " bytes";
        }
        return String.format(
                Locale.ROOT,
                "%.1f s of sound, %d bytes",
                sounds.decode(media).length / (double) AudioDecoder.SAMPLE_RATE,
                media.length);
    }

    @Override
    public void close() {
        records.close();
    }
}
