// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.job.config.Modality;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.kafka.common.Uuid;

/** The topic ids in a checkpoint or savepoint, which its metadata holds, against those that the topics have. Pure. */
public final class SavedTopicIds {

    private SavedTopicIds() {}

    /**
     * A message for each topic that was deleted and created again since. A topic whose id is not known, then or now, is
     * left to the job, which compares them again.
     *
     * @param topicIds by topic, as they are now
     * @throws IOException when a source's state is not what a source wrote
     */
    public static List<String> conflicts(
            CheckpointMetadata saved, List<Modality> modalities, Map<String, Uuid> topicIds) throws IOException {
        List<String> conflicts = new ArrayList<>();
        for (OperatorState operator : saved.getOperatorStates()) {
            for (Modality modality : modalities) {
                Uuid now = topicIds.get(modality.topic());
                boolean source = operator.getOperatorUid()
                        .filter(MediaSource.uid(modality)::equals)
                        .isPresent();
                if (source && now != null && operator.getCoordinatorState() != null) {
                    Optional<Uuid> then = topicId(operator.getCoordinatorState().getData());
                    if (then.isPresent() && !then.get().equals(now)) {
                        conflicts.add(TopicEnumerator.recreated(modality.topic(), then.get(), now));
                    }
                }
            }
        }
        return conflicts;
    }

    /**
     * @param coordinator state of a source's coordinator: Flink's version, the enumerator's version, length and state
     */
    private static Optional<Uuid> topicId(byte[] coordinator) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(coordinator);
        if (bytes.remaining() < 3 * Integer.BYTES) {
            throw new IOException("the state of a source's coordinator has " + coordinator.length + " bytes");
        }
        bytes.getInt();
        int version = bytes.getInt();
        bytes.getInt();
        return TopicState.topicId(version, bytes);
    }
}
