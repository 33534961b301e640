// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.latency;

import java.nio.file.Path;
import java.util.List;

/**
 * The parameters of a contender's process.
 *
 * @param name prefix of its topics: {@code NAME.image}, {@code NAME.text} and {@code NAME.audio} in,
 *     {@code NAME.sentiment} out
 * @param intervalMs between checkpoints or commits
 * @param folder for its state
 */
record Place(
        String bootstrapServers, String registryUrl, String name, Guarantee guarantee, long intervalMs, Path folder) {

    /** The inputs, in the order in which a subject's events are sent. */
    static final List<String> MODALITIES = List.of("image", "text", "audio");

    String input(String modality) {
        return name + "." + modality;
    }

    String output() {
        return name + ".sentiment";
    }

    boolean exactlyOnce() {
        return guarantee == Guarantee.EXACTLY_ONCE;
    }

    List<String> arguments(LatencyContender contender) {
        return List.of(
                contender.name(),
                bootstrapServers,
                registryUrl,
                name,
                guarantee.name(),
                Long.toString(intervalMs),
                folder.toString());
    }

    static Place of(String[] args) {
        return new Place(
                args[1], args[2], args[3], Guarantee.valueOf(args[4]), Long.parseLong(args[5]), Path.of(args[6]));
    }
}
