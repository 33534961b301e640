// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.RevisionOrder;
import io.sensorium.job.alignment.SubjectState;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** The {@link StateDescription} in an operator's state: every way to start restores it, and so is checked. */
final class DescriptionState {

    private final StateDescription description;
    private final ListState<String> saved;
    private final RevisionOrder revisions;

    /** @throws ConflictException when the restored state is of a pipeline that this one cannot go on for */
    DescriptionState(StateDescription description, OperatorStateStore store) throws Exception {
        this.description = description;
        this.saved = store.getUnionListState(new ListStateDescriptor<>("pipeline", StringSerializer.INSTANCE));
        Iterator<String> restored = saved.get().iterator();
        // State of a release before descriptions has none.
        StateDescription then = restored.hasNext() ? StateDescription.parse(restored.next()) : null;
        List<String> conflicts =
                then == null ? List.of() : description.conflicts(then, "the restored checkpoint or savepoint");
        if (!conflicts.isEmpty()) {
            throw new ConflictException(String.join("\n", conflicts));
        }
        this.revisions =
                new RevisionOrder(description.operators().size(), then == null ? null : description.placesIn(then));
    }

    /**
     * The restored state cannot be carried over to this pipeline. It could not be the next time either, so Flink does
     * not restart the job.
     */
    @ThrowableAnnotation(ThrowableType.NonRecoverableError)
    static final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ConflictException(String message) {
            super(message);
        }
    }

    /** Puts a restored subject's counters into this pipeline's order. */
    void apply(SubjectState subject) {
        try {
            revisions.apply(subject);
        } catch (IllegalStateException e) {
            throw new ConflictException(e.getMessage());
        }
    }

    void snapshot() throws Exception {
        saved.update(List.of(description.toJson()));
    }
}
