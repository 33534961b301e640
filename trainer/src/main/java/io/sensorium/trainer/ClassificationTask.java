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
 * @param slots the head's inputs, with parts where their encoders have any
 * @param rows all of them; the split is by their group
 * @param measured of the rows those that the figures are of
 * @param subsets of slots to give figures of
 * @param terms what it was trained on
 * @param split one sentence for the card
 * @param train the command that makes it again, without seed and pack
 * @param context how many of a group's earlier rows a head reads; 0 for none
 * @param pretraining epochs of masked modelling before a single-stream head over parts is trained; 0 for none
 */
record ClassificationTask(String name, String task, ModelKind kind, List<Slot> slots, List<String> labels, Settings settings, List<Row> rows,
        List<Row> measured, List<List<String>> subsets, List<String> terms, String split, String train, int context,
        int pretraining) {

    /** The inputs of a fusion's head: those that attend take parts, the others whole embeddings alone. */
    List<Slot> slots(String fusion) {
        boolean attending = fusion.equals("attention") || fusion.equals("single-stream");
        return attending ? slots : slots.stream()
                .map(slot -> new Slot(slot.name(), slot.dimension() - (slot.parts() == null ? 0 : slot.parts().size()), slot.encoders())).toList();
    }

    HeadShape shape(String fusion) {
        List<Slot> own = slots(fusion);
        return new HeadShape(own.stream().map(Slot::name).toList(), own.stream().mapToInt(Slot::dimension).toArray(), own.stream().map(Slot::parts).toList(),
                labels.size(), context);
    }

    List<Row> rows(Split part) {
        return rows.stream().filter(row -> part.contains(row.group())).toList();
    }

    List<Row> measured(Split part) {
        return measured.stream().filter(row -> part.contains(row.group())).toList();
    }
}
