// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.load;

import java.util.Properties;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/** A contender on Kafka Streams that runs as a process. */
public final class StreamsProcess {

    private StreamsProcess() {}

    /** Starts a topology; the process ends with exit code 1 where one of its threads fails. */
    public static KafkaStreams start(StreamsBuilder builder, Properties properties) {
        KafkaStreams running = new KafkaStreams(builder.build(), properties);
        running.setUncaughtExceptionHandler(exception -> {
            exception.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        running.start();
        return running;
    }
}
