// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TranscriptsTest {

    private static final int COUNT = 20;

    private final List<float[]> sentences = new ArrayList<>();

    /** By the recordings alone, which know nothing. */
    private final double[][] noise = new double[COUNT][COUNT];

    @BeforeEach
    void draw() {
        Random random = new Random(5);
        for (int i = 0; i < COUNT; i++) {
            float[] sentence = new float[COUNT];
            sentence[i] = 1;
            sentences.add(sentence);
            for (int j = 0; j < COUNT; j++) {
                noise[i][j] = random.nextDouble();
            }
        }
    }

    private int rankByNoise(int recording) {
        return 1
                + (int) IntStream.range(0, COUNT)
                        .filter(j -> noise[recording][j] > noise[recording][recording])
                        .count();
    }

    @Test
    void transcriptsThatAreSureOverruleTheRecordings() {
        assertThat(IntStream.range(0, COUNT).map(this::rankByNoise).filter(rank -> rank > 1))
                .hasSizeGreaterThan(COUNT / 2);
        assertThat(Transcripts.ranks(sentences, sentences, noise)).containsOnly(1);
    }

    @Test
    void withoutATranscriptTheRecordingDecides() {
        List<float[]> some = new ArrayList<>(sentences);
        some.set(3, null);

        assertThat(Transcripts.ranks(some, sentences, noise)[3]).isEqualTo(rankByNoise(3));
    }

    @Test
    void transcriptsThatAreAllTheSameChangeNothing() {
        float[] same = new float[COUNT];
        Arrays.fill(same, 1);

        assertThat(Transcripts.ranks(Collections.nCopies(COUNT, same), sentences, noise))
                .containsExactly(
                        IntStream.range(0, COUNT).map(this::rankByNoise).toArray());
    }
}
