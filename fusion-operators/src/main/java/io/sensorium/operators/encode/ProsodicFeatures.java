// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import java.util.Arrays;
import org.hipparchus.stat.descriptive.rank.Percentile;
import org.hipparchus.transform.DftNormalization;
import org.hipparchus.transform.FastFourierTransformer;
import org.hipparchus.transform.TransformType;

/**
 * How a clip is spoken, in addition to what is spoken: statistics over time of pitch, loudness and voice quality, and
 * of the mel cepstrum, over the frames that are not silent. A small relative of the Geneva set (Eyben et al., "The
 * Geneva Minimalistic Acoustic Parameter Set", 2016); pitch by normalized autocorrelation (Boersma, 1993). Frames of 40
 * ms, every 10 ms. Stateless.
 */
final class ProsodicFeatures {

    private static final int CONTOURS = 8;
    private static final int CONTOUR_STATISTICS = 7;
    private static final int CEPSTRUM = 20;
    private static final int CEPSTRUM_STATISTICS = 5;

    /** How many numbers {@link #describe} gives. */
    static final int FEATURES = CONTOURS * CONTOUR_STATISTICS + 5 + CEPSTRUM * CEPSTRUM_STATISTICS;

    private static final int RATE = 16_000;
    private static final int HOP = 160;
    private static final int WINDOW = 640;
    private static final int SHORTEST = WINDOW + 10 * HOP;
    private static final int SPECTRUM = 1024;
    private static final int BINS = SPECTRUM / 2 + 1;
    private static final int CORRELATION = 2048;
    private static final int SHORTEST_LAG = RATE / 500;
    private static final int MAX_LAG = RATE / 70;
    private static final int BANDS = 40;
    private static final double SILENCE_DB = 35;
    private static final double VOICED = 0.5;
    private static final double[] HANN = hann();
    private static final double[][] FILTERS = filters();
    private static final double[][] COSINES = cosines();

    private ProsodicFeatures() {}

    /** One value a frame of each contour, and its cepstrum. */
    private record Frames(double[][] contours, double[] loudness, double[] voicing, double[][] cepstrum) {}

    /**
     * Writes a clip's features into a vector from an index on.
     *
     * @param clip 16 kHz, mono
     */
    static void describe(short[] clip, float[] vector, int at) {
        Frames frames = frames(clip);
        int count = frames.loudness.length;
        double loudest = Arrays.stream(frames.loudness).max().orElse(0);
        boolean[] active = new boolean[count];
        boolean[] voiced = new boolean[count];
        int actives = 0;
        int voiceds = 0;
        for (int i = 0; i < count; i++) {
            active[i] = frames.loudness[i] > loudest - SILENCE_DB;
            voiced[i] = active[i] && frames.voicing[i] > VOICED;
            actives += active[i] ? 1 : 0;
            voiceds += voiced[i] ? 1 : 0;
        }
        int segments = 0;
        for (int i = 1; i < count; i++) {
            segments += voiced[i] && !voiced[i - 1] ? 1 : 0;
        }
        int next = at;
        for (int contour = 0; contour < CONTOURS; contour++) {
            // Pitch means nothing where there is none.
            next = statistics(
                    selected(frames.contours[contour], contour == 0 && voiceds >= 5 ? voiced : active), vector, next);
        }
        vector[next++] = (float) voiceds / actives;
        vector[next++] = (float) actives / count;
        vector[next++] = (float) loudest;
        vector[next++] = segments * 100f / actives;
        vector[next++] = (float) voiceds / Math.max(1, segments);
        for (int c = 0; c < CEPSTRUM; c++) {
            double[] values = selected(frames.cepstrum[c], active);
            Percentile percentile = percentile(values);
            vector[next + c] = (float) mean(values);
            vector[next + CEPSTRUM + c] = (float) deviation(values);
            vector[next + 2 * CEPSTRUM + c] = (float) percentile.evaluate(10);
            vector[next + 3 * CEPSTRUM + c] = (float) percentile.evaluate(90);
            vector[next + 4 * CEPSTRUM + c] = (float) movement(values);
        }
    }

    private static Frames frames(short[] clip) {
        short[] sound = clip.length < SHORTEST ? Arrays.copyOf(clip, SHORTEST) : clip;
        int count = 1 + (sound.length - WINDOW) / HOP;
        double[][] contours = new double[CONTOURS][count];
        double[][] cepstrum = new double[CEPSTRUM][count];
        double[] frame = new double[WINDOW];
        double[][] spectrum = new double[2][SPECTRUM];
        double[][] correlation = new double[2][CORRELATION];
        double[] power = new double[BINS];
        double loudest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            double squares = 0;
            int crossings = 0;
            for (int k = 0; k < WINDOW; k++) {
                frame[k] = sound[i * HOP + k] / 32768.0;
                squares += frame[k] * frame[k];
                crossings += k > 0 && Math.signum(frame[k]) != Math.signum(frame[k - 1]) ? 1 : 0;
            }
            contours[2][i] = 20 * Math.log10(Math.sqrt(squares / WINDOW) + 1e-5);
            loudest = Math.max(loudest, contours[2][i]);
            contours[6][i] = (double) crossings / (WINDOW - 1);
            power(frame, spectrum, power);
            quality(power, contours, i);
            cepstrum(power, cepstrum, i);
            pitch(frame, correlation, contours, i);
        }
        for (int i = 0; i < count; i++) {
            contours[1][i] = contours[2][i] - loudest;
        }
        return new Frames(contours, contours[2], contours[7], cepstrum);
    }

    private static void power(double[] frame, double[][] spectrum, double[] power) {
        Arrays.fill(spectrum[0], 0);
        Arrays.fill(spectrum[1], 0);
        for (int k = 0; k < WINDOW; k++) {
            spectrum[0][k] = frame[k] * HANN[k];
        }
        FastFourierTransformer.transformInPlace(spectrum, DftNormalization.STANDARD, TransformType.FORWARD);
        for (int bin = 0; bin < BINS; bin++) {
            power[bin] = spectrum[0][bin] * spectrum[0][bin] + spectrum[1][bin] * spectrum[1][bin];
        }
    }

    /** Centroid, 85 % roll-off and flatness of the spectrum. */
    private static void quality(double[] power, double[][] contours, int at) {
        double total = 0;
        double weighted = 0;
        double logs = 0;
        for (int bin = 0; bin < BINS; bin++) {
            total += power[bin];
            weighted += power[bin] * bin * RATE / SPECTRUM;
            logs += Math.log(power[bin] + 1e-12);
        }
        int rolloff = 0;
        for (double sum = power[0]; rolloff < BINS - 1 && sum < 0.85 * total; sum += power[rolloff]) {
            rolloff++;
        }
        contours[3][at] = weighted / (total + 1e-12);
        contours[4][at] = (double) rolloff * RATE / SPECTRUM;
        contours[5][at] = Math.log(Math.exp(logs / BINS) / (total / BINS + 1e-12) + 1e-6);
    }

    private static void cepstrum(double[] power, double[][] cepstrum, int at) {
        double[] bands = new double[BANDS];
        for (int band = 0; band < BANDS; band++) {
            double sum = 0;
            double[] filter = FILTERS[band];
            for (int bin = 0; bin < BINS; bin++) {
                sum += filter[bin] * power[bin];
            }
            bands[band] = Math.log(sum + 1e-8);
        }
        for (int c = 0; c < CEPSTRUM; c++) {
            double sum = 0;
            for (int band = 0; band < BANDS; band++) {
                sum += COSINES[c][band] * bands[band];
            }
            cepstrum[c][at] = sum;
        }
    }

    /** Pitch in octaves above 100 Hz, and how periodic the frame is, 1 for a tone. */
    private static void pitch(double[] frame, double[][] correlation, double[][] contours, int at) {
        Arrays.fill(correlation[0], 0);
        Arrays.fill(correlation[1], 0);
        double mean = mean(frame);
        for (int k = 0; k < WINDOW; k++) {
            correlation[0][k] = frame[k] - mean;
        }
        FastFourierTransformer.transformInPlace(correlation, DftNormalization.STANDARD, TransformType.FORWARD);
        for (int k = 0; k < CORRELATION; k++) {
            correlation[0][k] = correlation[0][k] * correlation[0][k] + correlation[1][k] * correlation[1][k];
            correlation[1][k] = 0;
        }
        FastFourierTransformer.transformInPlace(correlation, DftNormalization.STANDARD, TransformType.INVERSE);
        double best = Double.NEGATIVE_INFINITY;
        int lag = SHORTEST_LAG;
        for (int k = SHORTEST_LAG; k < MAX_LAG; k++) {
            double value = correlation[0][k] / (correlation[0][0] + 1e-9) * WINDOW / (WINDOW - k);
            if (value > best) {
                best = value;
                lag = k;
            }
        }
        contours[0][at] = Math.log((double) RATE / lag / 100) / Math.log(2);
        contours[7][at] = best;
    }

    /**
     * Mean, deviation, three percentiles, mean step and slope over the clip.
     *
     * @return the next free index
     */
    private static int statistics(double[] values, float[] vector, int at) {
        Percentile percentile = percentile(values);
        vector[at] = (float) mean(values);
        vector[at + 1] = (float) deviation(values);
        vector[at + 2] = (float) percentile.evaluate(10);
        vector[at + 3] = (float) percentile.evaluate(50);
        vector[at + 4] = (float) percentile.evaluate(90);
        vector[at + 5] = (float) movement(values);
        vector[at + 6] = (float) slope(values);
        return at + CONTOUR_STATISTICS;
    }

    private static Percentile percentile(double[] values) {
        Percentile percentile = new Percentile();
        percentile.setData(values);
        return percentile;
    }

    private static double[] selected(double[] values, boolean[] frames) {
        double[] selected = new double[values.length];
        int count = 0;
        for (int i = 0; i < values.length; i++) {
            if (frames[i]) {
                selected[count++] = values[i];
            }
        }
        return Arrays.copyOf(selected, count);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / values.length);
    }

    private static double movement(double[] values) {
        double sum = 0;
        for (int i = 1; i < values.length; i++) {
            sum += Math.abs(values[i] - values[i - 1]);
        }
        return sum / Math.max(1, values.length - 1);
    }

    /** Of the line through the values, from the clip's beginning to its end. */
    private static double slope(double[] values) {
        double mean = mean(values);
        double products = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            double x = values.length == 1 ? 0 : (double) i / (values.length - 1) - 0.5;
            products += x * (values[i] - mean);
            squares += x * x;
        }
        return squares == 0 ? 0 : products / squares;
    }

    private static double[] hann() {
        double[] window = new double[WINDOW];
        for (int k = 0; k < WINDOW; k++) {
            window[k] = 0.5 - 0.5 * Math.cos(2 * Math.PI * k / (WINDOW - 1));
        }
        return window;
    }

    /** Triangles, evenly spaced on the mel scale from 60 to 7,600 Hz. */
    private static double[][] filters() {
        int[] edges = new int[BANDS + 2];
        double low = mel(60);
        double high = mel(7600);
        for (int i = 0; i < edges.length; i++) {
            double hertz = 700 * (Math.pow(10, (low + (high - low) * i / (BANDS + 1)) / 2595) - 1);
            edges[i] = (int) Math.floor((SPECTRUM + 1) * hertz / RATE);
        }
        double[][] filters = new double[BANDS][BINS];
        for (int band = 0; band < BANDS; band++) {
            for (int bin = edges[band]; bin < edges[band + 1]; bin++) {
                filters[band][bin] = (double) (bin - edges[band]) / (edges[band + 1] - edges[band]);
            }
            for (int bin = edges[band + 1]; bin < edges[band + 2]; bin++) {
                filters[band][bin] = (double) (edges[band + 2] - bin) / (edges[band + 2] - edges[band + 1]);
            }
        }
        return filters;
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    /** The orthonormal cosine transform of type II. */
    private static double[][] cosines() {
        double[][] cosines = new double[CEPSTRUM][BANDS];
        for (int c = 0; c < CEPSTRUM; c++) {
            for (int band = 0; band < BANDS; band++) {
                cosines[c][band] =
                        Math.sqrt((c == 0 ? 1.0 : 2.0) / BANDS) * Math.cos(Math.PI * c * (band + 0.5) / BANDS);
            }
        }
        return cosines;
    }
}
