package io.sensorium.job.fuse;

import io.sensorium.job.align.AlignedWindow;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.job.emit.RecordWriter;
import io.sensorium.job.wire.OutputRecord;
import io.sensorium.results.ShadowResult;
import java.time.Instant;
import java.util.Map;

/** What a shadow says beside what was written. For one thread. */
final class ShadowWriter {

    private final RecordWriter<ShadowResult> writer;

    ShadowWriter(PipelineConfig config, OutputSchemas schemas) {
        writer = new RecordWriter<>(config.sideTopics().shadow(), new ShadowResult(), schemas);
    }

    OutputRecord compared(String resultId, AlignedWindow window, FusionStage live, FusionStage candidate, Outcome said, Outcome shadow) {
        double difference = Outcome.difference(shadow, said);
        return write(resultId, window, live, candidate, said, shadow, Double.isNaN(difference) ? null : difference, null);
    }

    OutputRecord failed(String resultId, AlignedWindow window, FusionStage live, FusionStage candidate, Outcome said, String error) {
        return write(resultId, window, live, candidate, said, new Outcome(null, null, Map.of()), null, error);
    }

    private OutputRecord write(String resultId, AlignedWindow window, FusionStage live, FusionStage candidate, Outcome said, Outcome shadow, Double difference, String error) {
        return writer.write(window.subject(), new ShadowResult(resultId, window.subject(), Instant.ofEpochMilli(window.start()), Instant.ofEpochMilli(window.end()),
                SharedFields.status(window), window.revision(live.index()), live.key(), SharedFields.identity(candidate.head()), SharedFields.identity(live.head()),
                shadow.score(), said.score(), difference, shadow.label(), said.label(), shadow.values(), said.values(), error, SharedFields.now()), 0);
    }
}
