// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sensorium.operators.encode.Outcome.Recognized;
import io.sensorium.operators.encode.Passage.Interval;
import io.sensorium.operators.encode.SpeechSegments.Segment;
import io.sensorium.operators.media.AudioDecoder;
import io.sensorium.operators.media.MediaException;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.FloatTensorBuffer;
import io.sensorium.operators.onnx.Handles;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Speech to text with Moonshine (Jeffries et al., 2024, <a href="https://arxiv.org/abs/2410.15608">Moonshine: Speech
 * Recognition for Live Transcription and Voice Commands</a>): an encoder takes sound {@code [1, samples]} and gives
 * hidden states {@code [1, frames, width]}; a decoder gives the next token's logits {@code [1, 1, tokens]} and the keys
 * and values of its layers. The most probable token is taken each time, at most 6.5 for a second of sound, the authors'
 * bound against endless repetition.
 *
 * <p>Only what a voice activity detector finds to be speech is transcribed, in {@link SpeechSegments segments}, so that
 * silence and most music have no words. A segment's confidence is the geometric mean of its tokens' probabilities. The
 * graphs have no times of words; a segment's are those of the detector.
 *
 * <p>Reads at most {@code max_seconds} of a clip.
 */
final class SpeechRecognizer extends BatchEncoder<short[]> {

    private static final int START = 1;
    private static final int END = 2;
    private static final double TOKENS_PER_SECOND = 6.5;
    private static final int FEWEST_TOKENS = 6;

    /** The encoder's convolutions need some hundred samples; of less than half a second it makes nothing. */
    private static final int SHORTEST = AudioDecoder.SAMPLE_RATE / 2;

    private static final String PAST = "past_key_values";
    private static final String PRESENT = "present";

    private final AudioDecoder sounds;
    private final OnnxGraphSession encoder;
    private final OnnxGraphSession decoder;
    private final VoiceActivity voiceActivity;
    private final PieceVocabulary vocabulary;
    private final List<String> pastNames;
    private final long[] emptyPast;
    private final int longest;
    private final FloatTensorBuffer samples = new FloatTensorBuffer();

    SpeechRecognizer(PackedModel model, MediaLimits limits, Device device, int threads) {
        super(model.manifest());
        sounds = new AudioDecoder(limits);
        vocabulary = PieceVocabulary.of(model, "vocabulary");
        try (Handles opened = new Handles()) {
            encoder = opened.add(OnnxGraphSession.open(model, "encoder", device, threads));
            decoder = opened.add(OnnxGraphSession.open(model, "decoder", device, threads));
            voiceActivity = new VoiceActivity(opened.add(OnnxGraphSession.open(model, "vad", device, threads)));
            opened.keep();
        }
        Map<String, long[]> inputs = manifest().graphs().get("decoder").inputs();
        pastNames = inputs.keySet().stream()
                .filter(name -> name.startsWith(PAST))
                .sorted()
                .toList();
        emptyPast = inputs.get(pastNames.get(0)).clone();
        emptyPast[0] = 0;
        emptyPast[2] = 1;
        longest = (int) (manifest().preprocessing("max_seconds", 60) * AudioDecoder.SAMPLE_RATE);
    }

    @Override
    short[] prepare(Content content) throws MediaException {
        if (!(content instanceof Content.Media media)) {
            throw unsupported("sound", content);
        }
        short[] decoded = sounds.decode(media.bytes());
        return decoded.length > longest ? Arrays.copyOf(decoded, longest) : decoded;
    }

    @Override
    List<Content> warmUpContents() throws IOException {
        sounds.warmUp();
        try {
            // Silence has no segments, and no graph but the detector's would run.
            transcribe(new short[AudioDecoder.SAMPLE_RATE], new Segment(0, AudioDecoder.SAMPLE_RATE));
        } catch (OrtException e) {
            throw new PackException(manifest().id() + " fails its warm-up: " + e.getMessage());
        }
        return List.of(AudioEncoder.silence());
    }

    @Override
    List<Recognized> run(List<short[]> batch) throws OrtException {
        List<float[]> speech = voiceActivity.probabilities(batch);
        List<Recognized> results = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            List<Passage> passages = new ArrayList<>();
            for (Segment segment : SpeechSegments.of(speech.get(i), batch.get(i).length)) {
                Passage transcribed = transcribe(batch.get(i), segment);
                if (!transcribed.text().isEmpty()) {
                    passages.add(transcribed);
                }
            }
            results.add(Recognized.of(passages));
        }
        return results;
    }

    private Passage transcribe(short[] clip, Segment segment) throws OrtException {
        int length = segment.to() - segment.from();
        int padded = Math.max(SHORTEST, length);
        FloatBuffer buffer = samples.clear(padded);
        for (int i = 0; i < padded; i++) {
            buffer.put(i < length ? clip[segment.from() + i] / 32768f : 0);
        }
        int most = Math.max(FEWEST_TOKENS, (int) Math.ceil(TOKENS_PER_SECOND * length / AudioDecoder.SAMPLE_RATE));
        try (OnnxTensor input = samples.tensor(1, padded);
                OrtSession.Result encoded = encoder.run(Map.of("input_values", input))) {
            Decoding decoding = decode((OnnxTensor) encoded.get(0), most);
            return new Passage(
                    vocabulary.text(decoding.tokens),
                    Math.exp(decoding.logProbability / Math.max(1, decoding.steps)),
                    new Interval(ms(segment.from()), ms(segment.to())));
        }
    }

    private static long ms(int sample) {
        return sample * 1000L / AudioDecoder.SAMPLE_RATE;
    }

    /** What greedy decoding has so far. */
    private static final class Decoding {
        private final List<Integer> tokens = new ArrayList<>();
        private double logProbability;
        private int steps;

        /** Takes the most probable token of the last position; false where the text ends. */
        boolean take(FloatBuffer logits, int width) {
            int from = logits.remaining() - width;
            int best = 0;
            for (int i = 1; i < width; i++) {
                if (logits.get(from + i) > logits.get(from + best)) {
                    best = i;
                }
            }
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += Math.exp(logits.get(from + i) - logits.get(from + best));
            }
            logProbability -= Math.log(sum);
            steps++;
            if (best == END) {
                return false;
            }
            tokens.add(best);
            return true;
        }
    }

    /** @param most tokens at most */
    private Decoding decode(OnnxTensor hidden, int most) throws OrtException {
        Decoding decoding = new Decoding();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession.Result first = null;
        OrtSession.Result last = null;
        try (OnnxTensor none = OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), emptyPast);
                OnnxTensor begin = OnnxTensor.createTensor(environment, new boolean[] {false});
                OnnxTensor goesOn = OnnxTensor.createTensor(environment, new boolean[] {true})) {
            Map<String, OnnxTensor> inputs =
                    new HashMap<>(pastNames.stream().collect(Collectors.toMap(name -> name, name -> none)));
            inputs.put("encoder_hidden_states", hidden);
            inputs.put("use_cache_branch", begin);
            long token = START;
            while (decoding.tokens.size() < most) {
                OrtSession.Result result;
                try (OnnxTensor id =
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[] {token}), new long[] {1, 1})) {
                    inputs.put("input_ids", id);
                    result = decoder.run(inputs);
                }
                // The encoder's keys and values come with the first run alone, the decoder's with each.
                boolean isFirst = first == null;
                if (isFirst) {
                    first = result;
                    inputs.put("use_cache_branch", goesOn);
                } else if (last != null) {
                    last.close();
                }
                if (!isFirst) {
                    last = result;
                }
                for (String name : pastNames) {
                    if (isFirst || name.contains(".decoder.")) {
                        inputs.put(name, (OnnxTensor) result.get(PRESENT + name.substring(PAST.length()))
                                .orElseThrow());
                    }
                }
                OnnxTensor logits = (OnnxTensor) result.get("logits").orElseThrow();
                long[] shape = logits.getInfo().getShape();
                if (!decoding.take(logits.getFloatBuffer(), (int) shape[shape.length - 1])) {
                    break;
                }
                token = decoding.tokens.get(decoding.tokens.size() - 1);
            }
        } finally {
            if (first != null) {
                first.close();
            }
            if (last != null) {
                last.close();
            }
        }
        return decoding;
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
        voiceActivity.close();
    }
}
