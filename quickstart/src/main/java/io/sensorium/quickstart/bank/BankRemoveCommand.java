// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.schemas.RegistryClient;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./sensorium bank remove}. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Removes entries. Exits with 1 if there is none of an id.")
final class BankRemoveCommand implements Callable<Integer> {

    @Mixin
    BankCommand.OfPipeline pipeline;

    @Option(names = "--id", required = true, description = "An entry's id; the option may be repeated.")
    List<String> ids;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PipelineConfig config = pipeline.read();
        Set<String> known = BankTopicContent.read(config, Map.of(), (id, entry) -> true, bad -> {})
                .keySet();
        List<String> missing = ids.stream().filter(id -> !known.contains(id)).toList();
        List<String> there = ids.stream().filter(known::contains).distinct().toList();
        if (!there.isEmpty()) {
            RegistryClient registry = RegistryClient.of(
                    config.registry().type(),
                    config.registry().url(),
                    config.registry().properties());
            try (BankTopicWriter topic = new BankTopicWriter(config, registry)) {
                for (String id : there) {
                    topic.send(id, null);
                }
                topic.flush();
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("removed " + there.size() + " entries from " + config.bank().topic());
        out.flush();
        missing.forEach(id -> spec.commandLine()
                .getErr()
                .println("there is no entry " + BankCommand.printable(id) + "; ./sensorium bank list lists them"));
        spec.commandLine().getErr().flush();
        return missing.isEmpty() ? 0 : 1;
    }
}
