package io.sensorium.trainer;

import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.ModelManifest.Slot;
import io.sensorium.trainer.SentimentData.Row;
import io.sensorium.trainer.head.FusionTraining.Settings;
import io.sensorium.trainer.head.HeadShape;
import java.util.List;

/**
 * What a classifying head is trained for.
 *
 * @param name the heads' names start with it
 * @param task of {@code train} and {@code evaluate}
 * @param slots the head's inputs
 * @param rows all of them; the split is by their group
 * @param measured of the rows those that the figures are of
 * @param subsets of slots to give figures of
 * @param terms what it was trained on
 * @param split one sentence for the card
 * @param train the command that makes it again, without seed and pack
 */
record ClassificationTask(String name, String task, ModelKind kind, List<Slot> slots, List<String> labels, Settings settings, List<Row> rows,
        List<Row> measured, List<List<String>> subsets, List<String> terms, String split, String train) {

    HeadShape shape() {
        return new HeadShape(slots.stream().map(Slot::name).toList(), slots.stream().mapToInt(Slot::dimension).toArray(), labels.size());
    }

    List<Row> rows(Split part) {
        return rows.stream().filter(row -> part.contains(row.group())).toList();
    }

    List<Row> measured(Split part) {
        return measured.stream().filter(row -> part.contains(row.group())).toList();
    }
}
