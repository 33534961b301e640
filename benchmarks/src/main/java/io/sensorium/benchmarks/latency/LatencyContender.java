// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

/** Who takes part. Peers join raw records by key and write the key; ours decodes, aligns and runs a sentiment head. */
public enum LatencyContender {
    OURS("ours"),
    KAFKA_STREAMS("kafka-streams-joins"),
    INTERVAL_JOINS("flink-interval-joins"),
    /** With the buffer timeout and the producer's linger that ours has. */
    INTERVAL_JOINS_TUNED("flink-interval-joins-tuned"),
    /** Not a peer: the limit that Kafka and its clients set. */
    COPY("consumer-producer");

    private final String label;

    LatencyContender(String label) {
        this.label = label;
    }

    /** The name on the command line and in reports. */
    String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }
}
