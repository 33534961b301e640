// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OrtException;
import io.sensorium.operators.bank.Fingerprint;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.encode.Outcome.Failed;
import io.sensorium.operators.encode.Outcome.Reason;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part that all encoders share: prepare each record, run what could be prepared in batches, and when a run fails,
 * run its records one by one so that only the poison one fails. Whatever a record makes a decoder or the model throw is
 * that record's failure.
 *
 * @param <P> a record made ready for the model
 */
abstract class BatchEncoder<P> implements Encoder {

    private static final Logger LOG = LoggerFactory.getLogger(BatchEncoder.class);

    /** Held while a record for which memory was short is tried again. */
    private static final Object MEMORY = new Object();

    private final ModelManifest manifest;
    private final LongAdder cells = new LongAdder();
    private final LongAdder filled = new LongAdder();
    private boolean fingerprints;

    BatchEncoder(ModelManifest manifest) {
        this.manifest = manifest;
    }

    /**
     * Opens a graph.
     *
     * @param problems filled with why it does not open, so that what else is wrong is found as well
     * @return null where there are problems
     * @throws PackException where another try may succeed
     */
    static OnnxGraphSession open(
            PackedModel model, String role, Device device, int threads, Handles opened, List<String> problems) {
        try {
            return opened.add(OnnxGraphSession.open(model, role, device, threads));
        } catch (PackException e) {
            if (e.isTransient()) {
                throw e;
            }
            problems.addAll(e.problems());
            return null;
        }
    }

    /** Decodes one record. */
    abstract P prepare(Content content) throws MediaException;

    /** Has the fingerprints of content taken from now on, where it has any. */
    final void takeFingerprints() {
        fingerprints = true;
    }

    final boolean takesFingerprints() {
        return fingerprints;
    }

    /** The fingerprint of a record's content, or null. */
    Fingerprint fingerprint(Content content, P prepared) {
        return null;
    }

    /** Runs the model; one result a record, in order. */
    abstract List<? extends Outcome> run(List<P> batch) throws OrtException;

    @Override
    public final ModelManifest manifest() {
        return manifest;
    }

    /** A record's length where rows of one run are padded to the longest; 1 where all are alike. */
    int length(P prepared) {
        return 1;
    }

    /** Largest share of padding in one run, in [0, 1); 0 for rows of equal length only. */
    double paddingLimit() {
        return 0;
    }

    /** Content of the encoder's kind, as short, then as long as it will meet. */
    abstract List<Content> warmUpContents() throws IOException;

    @Override
    public final void warmUp(boolean batches) {
        try {
            for (Content content : warmUpContents()) {
                for (int rows = 1; rows <= (batches ? manifest.maxBatch() : 1); rows *= 2) {
                    List<Outcome> outcomes = encode(Collections.nCopies(rows, content));
                    if (outcomes.get(0) instanceof Failed failed) {
                        if (failed.reason() == Reason.MODEL_FAILED) {
                            throw new PackException(manifest.id() + " fails its warm-up: " + failed.message());
                        }
                        // Limits may refuse the sample; then they refuse what is like it, too, and there is less to
                        // warm up.
                        LOG.info(
                                "{} is not warmed up with a sample that the media limits refuse: {}",
                                manifest.id(),
                                failed.message());
                        break;
                    }
                }
            }
            together();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cells.reset();
        filled.reset();
    }

    /**
     * Two rows in one run: a graph with an open batch may still be made for one row alone, which would fail every batch
     * of the stream.
     */
    private void together() throws IOException {
        if (manifest.maxBatch() == 1) {
            return;
        }
        try {
            P one = prepare(warmUpContents().get(0));
            run(List.of(one, one));
        } catch (MediaException e) {
            LOG.info(
                    "{} is not tried with two rows at once, because the media limits refuse the sample: {}",
                    manifest.id(),
                    e.getMessage());
        } catch (OrtException e) {
            throw new PackException(manifest.id() + " fails on two rows in one run: " + e.getMessage()
                    + "; set batch_invariant: false and max_batch: 1 in the manifest, "
                    + "or export the graph with an open batch");
        }
    }

    @Override
    public final double paddingShare() {
        long all = cells.sum();
        return all == 0 ? 0 : 1 - (double) filled.sum() / all;
    }

    @Override
    public final List<Outcome> encode(List<Content> batch) {
        Outcome[] outcomes = new Outcome[batch.size()];
        List<Integer> shortOfMemory =
                encode(batch, IntStream.range(0, batch.size()).boxed().toList(), outcomes, true);
        // The others of the batch have let go of their memory, and of all records that lacked some one is tried at a
        // time.
        for (int place : shortOfMemory) {
            synchronized (MEMORY) {
                encode(batch, List.of(place), outcomes, false);
            }
        }
        return Arrays.asList(outcomes);
    }

    /** @param again whether records for which memory was short are returned, to be tried again; else they fail */
    private List<Integer> encode(List<Content> batch, List<Integer> chosen, Outcome[] outcomes, boolean again) {
        List<P> ready = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        List<Integer> shortOfMemory = new ArrayList<>();
        Fingerprint[] taken = new Fingerprint[fingerprints ? batch.size() : 0];
        int[] lengths = new int[chosen.size()];
        for (int place : chosen) {
            try {
                P prepared = prepare(batch.get(place));
                lengths[ready.size()] = length(prepared);
                if (fingerprints) {
                    taken[place] = fingerprint(batch.get(place), prepared);
                }
                ready.add(prepared);
                places.add(place);
            } catch (MediaException e) {
                outcomes[place] = new Failed(Reason.of(e.problem()), e.getMessage());
            } catch (Throwable e) {
                failed(outcomes, place, "could not prepare the content", e, again ? shortOfMemory : null);
            }
        }
        for (int[] rows : runs(Arrays.copyOf(lengths, ready.size()), manifest.maxBatch(), paddingLimit())) {
            runInto(
                    outcomes,
                    Arrays.stream(rows).mapToObj(ready::get).toList(),
                    Arrays.stream(rows).mapToObj(places::get).toList(),
                    again ? shortOfMemory : null);
            long sum = Arrays.stream(rows).mapToLong(row -> lengths[row]).sum();
            filled.add(sum);
            cells.add((long) rows.length
                    * Arrays.stream(rows).map(row -> lengths[row]).max().orElse(0));
        }
        for (int place = 0; place < taken.length; place++) {
            if (taken[place] != null && outcomes[place] instanceof Encoded encoded) {
                outcomes[place] = new Encoded(encoded.vector(), encoded.signals(), taken[place]);
            }
        }
        return shortOfMemory;
    }

    /** @param shortOfMemory takes the record where memory was short; null where that is a failure as any other */
    private void failed(Outcome[] outcomes, int place, String what, Throwable problem, List<Integer> shortOfMemory) {
        if (!RecordFailure.isOfRecord(problem)) {
            BatchEncoder.<RuntimeException>rethrow(problem);
        }
        if (problem instanceof OutOfMemoryError && shortOfMemory != null) {
            shortOfMemory.add(place);
            return;
        }
        LOG.warn(
                "{} {} of a record, which becomes a dead letter: {}",
                manifest.id(),
                what,
                RecordFailure.describe(problem));
        LOG.debug("the failure", problem);
        outcomes[place] =
                new Failed(Reason.MODEL_FAILED, manifest.id() + " " + what + ": " + RecordFailure.describe(problem));
    }

    @SuppressWarnings("unchecked") // an unchecked one stays what it is
    private static <T extends Throwable> void rethrow(Throwable problem) throws T {
        throw (T) problem;
    }

    /**
     * Length buckets: rows in the order of their lengths, cut where a run is full or padding would be more than the
     * limit's share.
     *
     * @return indices of the rows of each run
     */
    static List<int[]> runs(int[] lengths, int maxBatch, double limit) {
        int[] order = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(row -> lengths[row]))
                .mapToInt(row -> row)
                .toArray();
        List<int[]> runs = new ArrayList<>();
        int from = 0;
        long sum = 0;
        for (int to = 0; to < order.length; to++) {
            long length = lengths[order[to]];
            long rows = to - from + 1L;
            // The row that comes is the longest: all others would be padded to it.
            if (to > from && (rows > maxBatch || rows * length - (sum + length) > limit * rows * length)) {
                runs.add(Arrays.copyOfRange(order, from, to));
                from = to;
                sum = 0;
            }
            sum += length;
        }
        if (from < order.length) {
            runs.add(Arrays.copyOfRange(order, from, order.length));
        }
        return runs;
    }

    private void runInto(Outcome[] outcomes, List<P> ready, List<Integer> places, List<Integer> shortOfMemory) {
        if (ready.isEmpty()) {
            return;
        }
        try {
            List<? extends Outcome> encoded = run(ready);
            for (int i = 0; i < places.size(); i++) {
                outcomes[places.get(i)] = checked(encoded.get(i));
            }
        } catch (Throwable e) {
            if (ready.size() == 1 && e instanceof OrtException) {
                outcomes[places.get(0)] = new Failed(Reason.MODEL_FAILED, manifest.id() + " failed: " + e.getMessage());
                return;
            }
            if (ready.size() == 1 || !RecordFailure.isOfRecord(e)) {
                failed(outcomes, places.get(0), "failed on the content", e, shortOfMemory);
                return;
            }
            LOG.warn(
                    "{} failed on a batch of {}, running its records one by one: {}",
                    manifest.id(),
                    ready.size(),
                    RecordFailure.describe(e));
            for (int i = 0; i < ready.size(); i++) {
                runInto(outcomes, List.of(ready.get(i)), List.of(places.get(i)), shortOfMemory);
            }
        }
    }

    private Outcome checked(Outcome outcome) {
        if (!(outcome instanceof Encoded encoded)) {
            return outcome;
        }
        for (float value : encoded.vector()) {
            if (!Float.isFinite(value)) {
                return new Failed(Reason.MODEL_FAILED, manifest.id() + " gave a vector that is not finite");
            }
        }
        for (Map.Entry<String, Double> signal : encoded.signals().entrySet()) {
            if (!Double.isFinite(signal.getValue())) {
                return new Failed(
                        Reason.MODEL_FAILED, manifest.id() + " gave " + signal.getValue() + " as " + signal.getKey());
            }
        }
        return encoded;
    }

    /** The outcome of a record whose content is not of this encoder's kind. */
    final MediaException unsupported(String expected, Content content) {
        return new MediaException(
                MediaException.Problem.UNSUPPORTED,
                manifest.id() + " takes " + expected + ", the event carries "
                        + content.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
    }
}
