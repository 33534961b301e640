// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

import io.sensorium.job.alignment.AlignSettings.OperatorNeed;
import io.sensorium.job.alignment.SubjectState.BufferedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The modalities that windows have, as bits, against what the settings and the operators need. Immutable. */
final class Presence {

    private final AlignSettings settings;
    private final int all;

    Presence(AlignSettings settings) {
        this.settings = settings;
        this.all = (int) ((1L << settings.modalities()) - 1);
    }

    /** Every modality. */
    int all() {
        return all;
    }

    /** The modalities of events. */
    static int present(List<EncodedEvent> events) {
        int present = 0;
        for (int i = 0; i < events.size(); i++) {
            present |= 1 << events.get(i).modality();
        }
        return present;
    }

    /** The modalities of buffered events. */
    static int buffered(List<BufferedEvent> events) {
        int present = 0;
        for (int i = 0; i < events.size(); i++) {
            present |= 1 << events.get(i).event.modality();
        }
        return present;
    }

    /** The operators that a complete window has what they need for, as bits. */
    int accepting(int present) {
        return operators(need -> need.accepts(present));
    }

    /** The operators of which a complete window leaves a record, as bits. */
    int recording(int present) {
        return operators(need -> need.leavesRecord(present));
    }

    private int operators(Predicate<OperatorNeed> which) {
        int bits = 0;
        List<OperatorNeed> operators = settings.operators();
        for (int operator = 0; operator < operators.size(); operator++) {
            bits |= which.test(operators.get(operator)) ? 1 << operator : 0;
        }
        return bits;
    }

    /** Short of the minimum any modality would have done, so all absent ones are named; else just the required ones. */
    List<Integer> missing(int present) {
        if (present == all) {
            return List.of();
        }
        boolean tooFew = Integer.bitCount(present) < settings.minModalities();
        List<Integer> missing = new ArrayList<>();
        for (int modality = 0; modality < settings.modalities(); modality++) {
            if ((present & 1 << modality) == 0 && (tooFew || settings.required().contains(modality))) {
                missing.add(modality);
            }
        }
        return missing;
    }
}
