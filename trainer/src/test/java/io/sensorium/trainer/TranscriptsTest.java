// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TranscriptsTest {

    private static final List<float[]> SENTENCES =
            List.of(new float[] {1, 0, 0}, new float[] {0, 1, 0}, new float[] {0, 0, 1});

    /** The recordings alone take the second sentence for every one. */
    private static final double[][] MISLED = {{0.1, 0.2, 0}, {0.1, 0.2, 0}, {0.1, 0.2, 0}};

    @Test
    void transcriptsThatAreSureOverruleTheRecordings() {
        assertThat(Transcripts.ranks(SENTENCES, SENTENCES, MISLED)).containsExactly(1, 1, 1);
    }

    @Test
    void withoutATranscriptTheRecordingDecides() {
        List<float[]> first = Arrays.asList(null, SENTENCES.get(1), SENTENCES.get(2));

        assertThat(Transcripts.ranks(first, SENTENCES, MISLED)).containsExactly(2, 1, 1);
    }

    @Test
    void transcriptsThatSayNothingChangeNothing() {
        List<float[]> same = List.of(new float[] {1, 1, 1}, new float[] {1, 1, 1}, new float[] {1, 1, 1});

        assertThat(Transcripts.ranks(same, SENTENCES, MISLED)).containsExactly(2, 1, 3);
    }
}
