// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.encode.Outcome.Encoded;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/**
 * A speech encoder of three graphs: a mel spectrogram (32 bands, a frame each 10 ms), Google's speech embedding (96
 * numbers for each 76 frames, every 8 frames) and a voice activity detector. A clip's embedding is, weighted by how
 * much speech there is, the mean and the standard deviation over time of the speech embeddings and of the mel bands,
 * and how it is spoken ({@link ProsodicFeatures}): {@code 2 · 96 + 2 · 32 + 161 = 417} numbers. The signal
 * {@code speech} is the share of the clip that is speech.
 *
 * <p>With {@code parts} in the manifest the speech embeddings themselves follow, averaged over as many equal stretches
 * of the clip.
 *
 * <p>Reads at most {@code max_seconds} of a clip. Shorter clips are laid into silence up to one embedding window.
 */
final class AudioEncoder extends BatchEncoder<short[]> {

    private static final int BANDS = 32;
    private static final int FRAMES = 76;
    private static final int STRIDE = 8;
    private static final int FEATURES = 96;
    private static final int HOP = 160;
    private static final int SHORTEST = FRAMES * HOP + 480;
    private static final int MAX_RUN = 128;

    private final AudioDecoder decoder;
    private final OnnxGraphSession mel;
    private final OnnxGraphSession speechEmbedding;
    private final VoiceActivity voiceActivity;
    private final int longest;
    private final FloatTensorBuffer samples = new FloatTensorBuffer();
    private final FloatTensorBuffer windows = new FloatTensorBuffer();

    AudioEncoder(PackedModel model, MediaLimits limits, Device device, int threads) {
        super(model.manifest());
        decoder = new AudioDecoder(limits);
        List<String> problems = new ArrayList<>();
        try (Handles opened = new Handles()) {
            mel = open(model, "melspectrogram", device, threads, opened, problems);
            speechEmbedding = open(model, "embedding", device, threads, opened, problems);
            voiceActivity = new VoiceActivity(open(model, "vad", device, threads, opened, problems));
            if (!problems.isEmpty()) {
                throw new PackException(problems);
            }
            opened.keep();
        }
        longest = (int) (manifest().preprocessing("max_seconds", 60) * AudioDecoder.SAMPLE_RATE);
    }

    @Override
    short[] prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Media media)) {
            throw unsupported("sound", content);
        }
        short[] decoded = decoder.decode(media.bytes());
        return decoded.length > longest ? java.util.Arrays.copyOf(decoded, longest) : decoded;
    }

    @Override
    int length(short[] prepared) {
        return prepared.length;
    }

    /** Only voice activity runs on padded clips, which is a small part of the work. */
    @Override
    double paddingLimit() {
        return manifest().preprocessing("padding_limit", 0.5);
    }

    @Override
    List<Content> warmUpContents() throws IOException {
        decoder.warmUp();
        return List.of(silence());
    }

    /** Two seconds of it. */
    static Content silence() throws IOException {
        byte[] silence = new byte[2 * 2 * AudioDecoder.SAMPLE_RATE];
        ByteArrayOutputStream wav = new ByteArrayOutputStream();
        AudioSystem.write(
                new AudioInputStream(
                        new ByteArrayInputStream(silence),
                        new AudioFormat(AudioDecoder.SAMPLE_RATE, 16, 1, true, false),
                        silence.length / 2),
                AudioFileFormat.Type.WAVE,
                wav);
        return new Content.Media(wav.toByteArray());
    }

    /** One clip's mel frames, {@code [frames * 32]}, and its speech embeddings, filled in by runs over all clips. */
    private record Clip(float[] frames, float[][] embeddings) {}

    @Override
    List<Encoded> run(List<short[]> batch) throws OrtException {
        List<Clip> clips = new ArrayList<>(batch.size());
        for (short[] clip : batch) {
            float[] frames = frames(clip);
            clips.add(new Clip(frames, new float[(frames.length / BANDS - FRAMES) / STRIDE + 1][]));
        }
        embed(clips);
        List<float[]> speech = voiceActivity.probabilities(batch);
        List<Encoded> results = new ArrayList<>(batch.size());
        for (int i = 0; i < clips.size(); i++) {
            float[] vector = new float[manifest().dimension()];
            pool(clips.get(i).embeddings, FEATURES, STRIDE * HOP, FRAMES * HOP, speech.get(i), vector, 0);
            float[][] rows = new float[clips.get(i).frames.length / BANDS][BANDS];
            for (int row = 0; row < rows.length; row++) {
                System.arraycopy(clips.get(i).frames, row * BANDS, rows[row], 0, BANDS);
            }
            pool(rows, BANDS, HOP, HOP, speech.get(i), vector, 2 * FEATURES);
            ProsodicFeatures.describe(batch.get(i), vector, 2 * (FEATURES + BANDS));
            if (manifest().parts() != null) {
                stretches(
                        clips.get(i).embeddings,
                        manifest().parts().count(),
                        vector,
                        2 * (FEATURES + BANDS) + ProsodicFeatures.FEATURES);
            }
            results.add(new Encoded(vector, Map.of("speech", share(speech.get(i)))));
        }
        return results;
    }

    private float[] frames(short[] clip) throws OrtException {
        int length = Math.max(clip.length, SHORTEST);
        FloatBuffer buffer = samples.clear(length);
        for (short sample : clip) {
            buffer.put(sample);
        }
        while (buffer.hasRemaining()) {
            buffer.put(0);
        }
        try (OnnxTensor input = samples.tensor(1, length);
                OrtSession.Result result = mel.run(Map.of("input", input))) {
            FloatBuffer output = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] frames = new float[output.remaining()];
            output.get(frames);
            for (int i = 0; i < frames.length; i++) {
                frames[i] = frames[i] / 10 + 2;
            }
            return frames;
        }
    }

    /** Runs the speech embedding over the windows of all clips, in runs of at most {@link #MAX_RUN} rows. */
    private void embed(List<Clip> clips) throws OrtException {
        List<int[]> places = new ArrayList<>();
        for (int clip = 0; clip < clips.size(); clip++) {
            for (int window = 0; window < clips.get(clip).embeddings.length; window++) {
                places.add(new int[] {clip, window});
            }
        }
        for (int from = 0; from < places.size(); from += MAX_RUN) {
            List<int[]> rows = places.subList(from, Math.min(places.size(), from + MAX_RUN));
            FloatBuffer buffer = windows.clear(rows.size() * FRAMES * BANDS);
            for (int[] row : rows) {
                buffer.put(clips.get(row[0]).frames, row[1] * STRIDE * BANDS, FRAMES * BANDS);
            }
            try (OnnxTensor input = windows.tensor(rows.size(), FRAMES, BANDS, 1);
                    OrtSession.Result result = speechEmbedding.run(Map.of("input_1", input))) {
                FloatBuffer output = ((OnnxTensor) result.get(0)).getFloatBuffer();
                for (int[] row : rows) {
                    float[] embedding = new float[FEATURES];
                    output.get(embedding);
                    clips.get(row[0]).embeddings[row[1]] = embedding;
                }
            }
        }
    }

    /** Mean and standard deviation of each column, rows weighted by the speech within the samples they cover. */
    private static void pool(float[][] rows, int columns, int hop, int span, float[] speech, float[] vector, int at) {
        double total = 0;
        double[] weights = new double[rows.length];
        for (int row = 0; row < rows.length; row++) {
            int first = Math.min(speech.length - 1, row * hop / VoiceActivity.STEP);
            int last = Math.min(speech.length - 1, (row * hop + span - 1) / VoiceActivity.STEP);
            double sum = 0;
            for (int step = first; step <= last; step++) {
                sum += speech[step];
            }
            weights[row] = sum / (last - first + 1) + 1e-3;
            total += weights[row];
        }
        for (int column = 0; column < columns; column++) {
            double mean = 0;
            for (int row = 0; row < rows.length; row++) {
                mean += weights[row] * rows[row][column];
            }
            mean /= total;
            double variance = 0;
            for (int row = 0; row < rows.length; row++) {
                double difference = rows[row][column] - mean;
                variance += weights[row] * difference * difference;
            }
            vector[at + column] = (float) mean;
            vector[at + columns + column] = (float) Math.sqrt(variance / total);
        }
    }

    /** The mean of each of a number of equal stretches; a clip of fewer rows has a stretch a row, and zeros after. */
    private static void stretches(float[][] rows, int count, float[] vector, int at) {
        int filled = Math.min(count, rows.length);
        for (int stretch = 0; stretch < filled; stretch++) {
            int first = stretch * rows.length / filled;
            int end = (stretch + 1) * rows.length / filled;
            for (int row = first; row < end; row++) {
                for (int i = 0; i < FEATURES; i++) {
                    vector[at + stretch * FEATURES + i] += rows[row][i] / (end - first);
                }
            }
        }
    }

    private static double share(float[] speech) {
        int steps = 0;
        for (float probability : speech) {
            steps += probability >= 0.5 ? 1 : 0;
        }
        return (double) steps / speech.length;
    }

    @Override
    public void close() {
        mel.close();
        speechEmbedding.close();
        voiceActivity.close();
    }
}
