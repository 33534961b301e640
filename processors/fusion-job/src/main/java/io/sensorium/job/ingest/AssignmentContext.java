// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;

/**
 * The connector's view of Flink, without the answers that come too early. The connector compares each answer of its
 * periodic request with the partitions that it has assigned, and assigns new ones in a second, asynchronous step. When
 * requests are slow, several answers arrive in a row, and one that is handled before that step has ended would make it
 * assign the same partitions again. Such answers are dropped; the next request brings them again. For the coordinator's
 * thread.
 *
 * @param <S> splits
 */
final class AssignmentContext<S extends SourceSplit> implements SplitEnumeratorContext<S> {

    private final SplitEnumeratorContext<S> flink;
    private final Runnable assigned;

    /** Steps that have begun and not ended. */
    private int steps;

    /** @param assigned run after each answer whose partitions have all been assigned */
    AssignmentContext(SplitEnumeratorContext<S> flink, Runnable assigned) {
        this.flink = flink;
        this.assigned = assigned;
    }

    @Override
    public <T> void callAsync(Callable<T> step, BiConsumer<T, Throwable> handler) {
        steps++;
        flink.callAsync(step, (result, failure) -> {
            steps--;
            handler.accept(result, failure);
            ended();
        });
    }

    @Override
    public <T> void callAsync(
            Callable<T> request, BiConsumer<T, Throwable> handler, long initialDelayMillis, long periodMillis) {
        flink.callAsync(
                request,
                (answer, failure) -> {
                    if (steps == 0) {
                        handler.accept(answer, failure);
                        ended();
                    }
                },
                initialDelayMillis,
                periodMillis);
    }

    private void ended() {
        if (steps == 0) {
            assigned.run();
        }
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
        return flink.metricGroup();
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
        flink.sendEventToSourceReader(subtask, event);
    }

    @Override
    public void sendEventToSourceReader(int subtask, int attempt, SourceEvent event) {
        flink.sendEventToSourceReader(subtask, attempt, event);
    }

    @Override
    public int currentParallelism() {
        return flink.currentParallelism();
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
        return flink.registeredReaders();
    }

    @Override
    public Map<Integer, Map<Integer, ReaderInfo>> registeredReadersOfAttempts() {
        return flink.registeredReadersOfAttempts();
    }

    @Override
    public void assignSplits(SplitsAssignment<S> assignment) {
        flink.assignSplits(assignment);
    }

    @Override
    public void assignSplit(S split, int subtask) {
        flink.assignSplit(split, subtask);
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
        flink.signalNoMoreSplits(subtask);
    }

    @Override
    public void runInCoordinatorThread(Runnable action) {
        flink.runInCoordinatorThread(action);
    }

    @Override
    public void setIsProcessingBacklog(boolean backlog) {
        flink.setIsProcessingBacklog(backlog);
    }
}
