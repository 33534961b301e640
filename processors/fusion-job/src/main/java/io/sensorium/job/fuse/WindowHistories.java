// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import ai.onnxruntime.OrtException;
import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.fuse.LoadedOperator.Fused;
import io.sensorium.job.operator.Operator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs operators with what those with a context keep of a subject's earlier windows. For one thread. */
final class WindowHistories {

    /** By operator; null where it reads nothing of earlier windows. */
    private final List<WindowHistoryState> histories = new ArrayList<>();

    private final Consumer<Object> currentKey;

    /**
     * @param state of an operator with a context
     * @param currentKey sets the subject whose state is read and written
     */
    WindowHistories(
            List<Operator> operators, Function<Operator, WindowHistoryState> state, Consumer<Object> currentKey) {
        operators.forEach(operator -> histories.add(operator.context() == null ? null : state.apply(operator)));
        this.currentKey = currentKey;
    }

    /** Whether any operator reads earlier windows. */
    boolean any() {
        return histories.stream().anyMatch(Objects::nonNull);
    }

    /** The windows in batches of which an operator can take one after the other. */
    List<List<AlignedWindow>> rounds(LoadedOperator operator, List<AlignedWindow> windows) {
        return histories.get(operator.index()) == null ? List.of(windows) : WindowHistoryState.rounds(windows);
    }

    /** Runs an operator, with the subjects' earlier windows where it reads them; final windows become part of them. */
    List<Fused> fuse(LoadedOperator operator, List<AlignedWindow> windows) throws OrtException {
        WindowHistoryState history = histories.get(operator.index());
        if (history == null) {
            return operator.fuse(windows, Collections.nCopies(windows.size(), null));
        }
        try {
            List<float[]> read = new ArrayList<>(windows.size());
            for (AlignedWindow window : windows) {
                currentKey.accept(window.subject());
                read.add(history.before(operator.head(), window.end()));
            }
            List<Fused> fused = operator.fuse(windows, read);
            for (int i = 0; i < fused.size(); i++) {
                AlignedWindow window = windows.get(i);
                if (window.status() == AlignedWindow.Status.FINAL) {
                    currentKey.accept(window.subject());
                    history.add(
                            operator.head(),
                            window.end(),
                            window.anchorId(),
                            fused.get(i).window().vector());
                }
            }
            return fused;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read or write what operator " + operator.key() + " keeps of earlier windows", e);
        }
    }
}
