// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import java.nio.file.Path;
import java.util.List;

/**
 * The parameters of a contender's process.
 *
 * @param topics prefix of the three it reads
 * @param output the topic it writes triples to
 * @param group its own name: consumer group, transactional ids
 * @param folder for its state
 */
record ContenderSpec(
        String bootstrapServers, String registryUrl, String topics, String output, String group, Path folder) {

    /** As arguments, after the contender's name. */
    List<String> arguments(Contender contender) {
        return List.of(contender.name(), bootstrapServers, registryUrl, topics, output, group, folder.toString());
    }

    static ContenderSpec of(String[] args) {
        return new ContenderSpec(args[1], args[2], args[3], args[4], args[5], Path.of(args[6]));
    }
}
