// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * Puts the revision counters of restored windows into the order of the operators that this pipeline has. An operator
 * that the state does not know begins at zero; the counters of one that is gone are dropped.
 *
 * @param operators of the pipeline
 * @param places where each operator was in the state's order, -1 for nowhere; null where the state does not name its
 *     operators
 */
public record RevisionOrder(int operators, int[] places) {

    /** Whether a window's counters are in this pipeline's order as they are. */
    private boolean fits(int[] revisions) {
        if (revisions.length != 1 + operators) {
            return false;
        }
        for (int operator = 0; places != null && operator < operators; operator++) {
            if (places[operator] != operator) {
                return false;
            }
        }
        return true;
    }

    /** Reorders what a subject has; marks it to be saved again where that changed something. */
    public void apply(SubjectState subject) {
        for (WrittenWindow window : subject.written) {
            if (fits(window.revisions)) {
                continue;
            }
            if (places == null) {
                throw new IllegalStateException(
                        "the restored state counts revisions of " + (window.revisions.length - 1)
                                + " operators, the pipeline file has " + operators
                                + ", and this state is of a release that did not note which: restore it with the "
                                + "operators that it was made with, take a savepoint, then change them");
            }
            int[] reordered = new int[1 + operators];
            reordered[0] = window.revisions[0];
            for (int operator = 0; operator < operators; operator++) {
                reordered[1 + operator] = places[operator] < 0 ? 0 : window.revisions[1 + places[operator]];
            }
            window.revisions = reordered;
            subject.markDirty();
        }
    }
}
