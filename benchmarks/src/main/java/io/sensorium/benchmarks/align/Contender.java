// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

/** Who takes part. */
public enum Contender {
    OURS("ours", FlinkContender.class, true),
    OURS_FLOAT16("ours-float16", FlinkContender.class, true),
    INTERVAL_JOINS("flink-interval-joins", FlinkContender.class, false),
    WINDOW_COGROUP("flink-window-cogroup", FlinkContender.class, true),
    KAFKA_STREAMS("kafka-streams-joins", KafkaStreamsContender.class, false),
    /** Not a peer: the limit that source, decoder, shuffle and sink set. */
    READ_ONLY("read-only", FlinkContender.class, false);

    private final String label;
    private final Class<?> main;
    private final boolean windowed;

    Contender(String label, Class<?> main, boolean windowed) {
        this.label = label;
        this.main = main;
        this.windowed = windowed;
    }

    /** The name on the command line and in reports. */
    String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }

    Class<?> main() {
        return main;
    }

    /** Whether it writes a triple when its window closes; else as soon as it is whole. */
    boolean windowed() {
        return windowed;
    }
}
