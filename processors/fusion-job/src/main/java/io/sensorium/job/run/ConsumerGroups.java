// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.PipelineConfig;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** What a pipeline's consumer group remembers. */
public final class ConsumerGroups {

    private static final int TIMEOUT_SECONDS = 10;

    private ConsumerGroups() {}

    /**
     * Whether the pipeline has committed offsets, and so has run before. False where the broker does not answer, or the
     * user may not ask.
     */
    public static boolean hasOffsets(PipelineConfig config) throws InterruptedException {
        Properties client = config.kafka().clientProperties();
        try (Admin admin = Admin.create(client)) {
            return !admin.listConsumerGroupOffsets("sensorium-" + config.pipeline())
                    .partitionsToOffsetAndMetadata()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .isEmpty();
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }
}
