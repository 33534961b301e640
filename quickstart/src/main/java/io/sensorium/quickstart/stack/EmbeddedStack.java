// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A Kafka broker and a registry, each a child process with a class path of its own, on loopback and free ports. With a
 * folder given, topics and schemas are there again at the next start.
 */
public final class EmbeddedStack implements AutoCloseable {

    /** Topics that carry media allow 16 MiB records, and a little for their envelope. */
    public static final int MAX_MESSAGE_BYTES = 17 << 20;

    private final EmbeddedBroker broker;
    private final EmbeddedRegistry registry;

    private EmbeddedStack(EmbeddedBroker broker, EmbeddedRegistry registry) {
        this.broker = broker;
        this.registry = registry;
    }

    /**
     * Starts both and waits until both answer.
     *
     * @param distributions the folder that holds {@code broker} and {@code registry}, as the stack module lays them out
     * @param folder for data and logs
     * @throws IOException when one does not start, with the end of its log
     */
    public static EmbeddedStack start(Path distributions, Path folder) throws IOException {
        EmbeddedRegistry registry = EmbeddedRegistry.start(distributions.resolve("registry"), folder);
        EmbeddedBroker broker = null;
        try {
            broker = EmbeddedBroker.start(distributions.resolve("broker"), folder, null);
            broker.await();
            registry.await();
            return new EmbeddedStack(broker, registry);
        } catch (IOException e) {
            registry.close();
            if (broker != null) {
                broker.close();
            }
            throw e;
        }
    }

    /** The broker. */
    public EmbeddedBroker broker() {
        return broker;
    }

    /** The registry. */
    public EmbeddedRegistry registry() {
        return registry;
    }

    /** Processor time that the broker has used; zero where the platform does not report it. */
    public Duration brokerTime() {
        return broker.processorTime();
    }

    /** {@code host:port} of the broker. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** Base of the registry's Confluent API, path included. */
    public String registryUrl() {
        return registry.url();
    }

    @Override
    public void close() {
        registry.close();
        broker.close();
    }
}
