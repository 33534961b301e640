package io.sensorium.operators.encode;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Reason;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.pack.ModelManifest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part that all encoders share: prepare each record, run what could be prepared in batches, and when a run fails,
 * run its records one by one so that only the poison one fails.
 *
 * @param <P> a record made ready for the model
 */
abstract class BatchEncoder<P> implements Encoder {

    private static final Logger LOG = LoggerFactory.getLogger(BatchEncoder.class);

    private final ModelManifest manifest;

    BatchEncoder(ModelManifest manifest) {
        this.manifest = manifest;
    }

    /** Decodes one record. */
    abstract P prepare(Content content) throws MediaException;

    /** Runs the model; one result a record, in order. */
    abstract List<Encoded> run(List<P> batch) throws OrtException;

    @Override
    public final ModelManifest manifest() {
        return manifest;
    }

    @Override
    public final List<Outcome> encode(List<Content> batch) {
        Outcome[] outcomes = new Outcome[batch.size()];
        List<P> ready = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < outcomes.length; i++) {
            try {
                ready.add(prepare(batch.get(i)));
                places.add(i);
            } catch (MediaException e) {
                outcomes[i] = new Failed(reason(e.problem()), e.getMessage());
            }
            if (ready.size() == manifest.maxBatch() || i == outcomes.length - 1) {
                runInto(outcomes, ready, places);
                ready.clear();
                places.clear();
            }
        }
        return Arrays.asList(outcomes);
    }

    private void runInto(Outcome[] outcomes, List<P> ready, List<Integer> places) {
        if (ready.isEmpty()) {
            return;
        }
        try {
            List<Encoded> encoded = run(ready);
            for (int i = 0; i < places.size(); i++) {
                outcomes[places.get(i)] = checked(encoded.get(i));
            }
        } catch (OrtException e) {
            if (ready.size() == 1) {
                outcomes[places.get(0)] = new Failed(Reason.MODEL_FAILED, manifest.id() + " failed: " + e.getMessage());
                return;
            }
            LOG.warn("{} failed on a batch of {}, running its records one by one: {}", manifest.id(), ready.size(), e.getMessage());
            for (int i = 0; i < ready.size(); i++) {
                runInto(outcomes, List.of(ready.get(i)), List.of(places.get(i)));
            }
        }
    }

    private Outcome checked(Encoded encoded) {
        for (float value : encoded.vector()) {
            if (!Float.isFinite(value)) {
                return new Failed(Reason.MODEL_FAILED, manifest.id() + " gave a vector that is not finite");
            }
        }
        return encoded;
    }

    /** The outcome of a record whose content is not of this encoder's kind. */
    final MediaException unsupported(String expected, Content content) {
        return new MediaException(MediaException.Problem.UNSUPPORTED, manifest.id() + " takes " + expected + ", the event carries "
                + content.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
    }

    private static Reason reason(MediaException.Problem problem) {
        return switch (problem) {
            case EMPTY -> Reason.EMPTY_PAYLOAD;
            case CORRUPT -> Reason.CORRUPT_MEDIA;
            case UNSUPPORTED -> Reason.UNSUPPORTED_MEDIA;
            case TOO_LARGE -> Reason.MEDIA_TOO_LARGE;
        };
    }
}
