// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/** A broker's own settings that bound a pipeline's. */
final class BrokerLimits {

    private BrokerLimits() {}

    /**
     * A broker's {@code transaction.max.timeout.ms}; empty where it does not answer, or the user may not ask
     * (DescribeConfigs on the cluster).
     */
    static OptionalLong maxTransactionTimeout(Admin admin, Duration timeout) {
        try {
            Node node = admin.describeCluster()
                    .nodes()
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .iterator()
                    .next();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
            ConfigEntry entry = admin.describeConfigs(List.of(broker))
                    .values()
                    .get(broker)
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .get("transaction.max.timeout.ms");
            return entry == null || entry.value() == null
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(entry.value()));
        } catch (ExecutionException | TimeoutException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }
}
