// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.HeadShape;
import io.sensorium.trainer.head.Settings;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a classifying head is trained for.
 *
 * @param name the heads' names start with it
 * @param task of {@code train} and {@code evaluate}
 * @param slots the head's inputs, with parts where their encoders have any
 * @param rows all of them; the split is by their group
 * @param measured the rows that the figures are computed on
 * @param subsets subsets of slots to report figures for
 * @param provenance where the heads come from
 * @param split one sentence for the card
 * @param context how many of a group's earlier rows a head reads; 0 for none
 * @param pretraining epochs of masked modelling before a single-stream head over parts is trained; 0 for none
 */
record ClassificationTask(
        String name,
        String task,
        ModelKind kind,
        List<Slot> slots,
        List<String> labels,
        Settings settings,
        List<Row> rows,
        List<Row> measured,
        List<List<String>> subsets,
        Provenance provenance,
        String split,
        int context,
        int pretraining) {

    /** Fewer rows than this in the test part give figures that are off by more than ten points, one time in twenty. */
    private static final int FEW_TEST_ROWS = 100;

    /**
     * This task without the slots that no row fills: a head cannot learn what to make of them.
     *
     * @throws IllegalArgumentException when a part of the split has no rows
     */
    ClassificationTask ofFilledSlots() {
        List<Integer> filled = IntStream.range(0, slots.size())
                .filter(slot -> rows.stream().anyMatch(row -> row.vectors()[slot] != null))
                .boxed()
                .toList();
        for (DatasetSplit part : List.of(DatasetSplit.TRAIN, DatasetSplit.VALIDATION, DatasetSplit.TEST)) {
            if (rows(part).isEmpty()) {
                throw new IllegalArgumentException("the " + part.name() + " part of the " + rows.size()
                        + " rows is empty: rows are split by a hash of their group "
                        + "(70 % train, 10 % validation, 20 % test); give more rows, or more groups such as speakers");
            }
        }
        List<String> names = filled.stream().map(slot -> slots.get(slot).name()).toList();
        return new ClassificationTask(
                name,
                task,
                kind,
                filled.stream().map(slots::get).toList(),
                labels,
                settings,
                rows.stream().map(row -> row.only(filled)).toList(),
                measured.stream().map(row -> row.only(filled)).toList(),
                subsets.stream().filter(names::containsAll).toList(),
                provenance,
                split,
                context,
                pretraining);
    }

    /** What a user should know of the amount of data, a line each; empty where there is enough. */
    List<String> warnings() {
        int test = measured(DatasetSplit.TEST).size();
        double margin = 98 / Math.sqrt(Math.max(1, test));
        return test >= FEW_TEST_ROWS
                ? List.of()
                : List.of(String.format(
                        Locale.ROOT,
                        "the test part has %d of %d rows, so a share measured on it is off by up to %.0f "
                                + "percentage points (95 %% confidence); train on at least %d rows for figures that can be compared",
                        test,
                        measured.size(),
                        margin,
                        5 * FEW_TEST_ROWS));
    }

    /** The inputs of a fusion's head: those that attend take parts, the others whole embeddings alone. */
    List<Slot> slots(String fusion) {
        boolean attending = fusion.equals("attention") || fusion.equals("single-stream");
        return attending
                ? slots
                : slots.stream()
                        .map(slot -> new Slot(
                                slot.name(),
                                slot.dimension()
                                        - (slot.parts() == null
                                                ? 0
                                                : slot.parts().size()),
                                slot.encoders()))
                        .toList();
    }

    HeadShape shape(String fusion) {
        List<Slot> own = slots(fusion);
        return new HeadShape(
                own.stream().map(Slot::name).toList(),
                own.stream().mapToInt(Slot::dimension).toArray(),
                own.stream().map(Slot::parts).toList(),
                labels.size(),
                context);
    }

    List<Row> rows(DatasetSplit part) {
        return rows.stream().filter(row -> part.contains(row.group())).toList();
    }

    List<Row> measured(DatasetSplit part) {
        return measured.stream().filter(row -> part.contains(row.group())).toList();
    }
}
