// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.records.DeadLetters;
import io.sensorium.job.records.FailureCode;
import io.sensorium.job.records.OutputRecord;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.job.records.RecordWriter;
import io.sensorium.job.records.Stage;
import io.sensorium.results.IncompleteWindow;
import java.util.List;

/** The records of windows that no operator computed a result from. For one thread. */
final class UnfusedWindows {

    private final PipelineConfig config;
    private final RecordWriter<IncompleteWindow> incomplete;
    private final DeadLetters letters;

    UnfusedWindows(PipelineConfig config, OutputSchemas schemas, DeadLetters letters) {
        this.config = config;
        incomplete = new RecordWriter<>(config.sideTopics().incomplete(), IncompleteWindow.getClassSchema(), schemas);
        this.letters = letters;
    }

    /**
     * A window that lacks modalities.
     *
     * @param operator key of the operator that needs them; empty where no operator saw the window
     * @param missing the modalities by index
     * @param revision records written before under the same id
     */
    OutputRecord incomplete(
            ResultFields shared, String operator, AlignedWindow window, List<Integer> missing, int revision) {
        IncompleteWindow record = new IncompleteWindow();
        shared.fill(record, operator, null, window, revision, window.events());
        record.setMissing(shared.names(missing));
        return incomplete.write(window.subject(), record, ResultFields.readAt(window.events()));
    }

    /** A dead letter for each event of a window that failed. */
    List<OutputRecord> deadLetters(
            ResultFields shared, AlignedWindow window, Stage stage, FailureCode code, String message) {
        return window.events().stream()
                .map(event -> letters.of(
                        shared.modality(event).topic(),
                        event.partition(),
                        event.offset(),
                        window.subject(),
                        stage,
                        code,
                        SharedTopics.message(config.modalities(), shared.modality(event), message)))
                .toList();
    }
}
