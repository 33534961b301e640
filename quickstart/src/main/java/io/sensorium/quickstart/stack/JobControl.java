// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster from the submitter's side, and the submitted job. */
public interface JobControl extends AutoCloseable {

    /**
     * The web UI's address.
     *
     * @throws Exception as Flink does
     */
    String webUrl() throws Exception;

    /**
     * Submits the job that an environment holds; once.
     *
     * @throws Exception as Flink does
     */
    void submit(StreamExecutionEnvironment environment, String name) throws Exception;

    /** Flink's id of the submitted job. */
    String jobId();

    /**
     * The job's state.
     *
     * @throws Exception as Flink does
     */
    JobStatus status() throws Exception;

    /**
     * Waits for the job's end.
     *
     * @return why it failed; null where it did not
     * @throws Exception as Flink does
     */
    Throwable awaitEnd() throws Exception;

    /**
     * Tries to stop the job with a savepoint.
     *
     * @return the savepoint's place
     * @throws java.util.concurrent.ExecutionException when none can be made now, as while the job starts or restarts
     * @throws Exception when none was made in time
     */
    String stopWithSavepoint(Path folder, Duration timeout) throws Exception;

    /**
     * Ends the job without a savepoint; its checkpoints stay.
     *
     * @throws Exception when the cluster does not confirm it in time
     */
    void cancel(Duration timeout) throws Exception;

    @Override
    void close() throws Exception;
}
