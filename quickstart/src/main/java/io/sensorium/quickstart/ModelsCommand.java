// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.job.models.ModelNames;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.ModelManifest;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = "Lists the models of the packs with their terms; with a name, shows one with its card.")
final class ModelsCommand implements Callable<Integer> {

    @Option(names = "--pack", description = "An additional model pack; may be repeated.")
    List<Path> packs = List.of();

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME[@VERSION]", description = "One model.")
    String name;

    @Override
    public Integer call() {
        ModelCatalog catalog = ModelCatalog.load(packs);
        if (name == null) {
            catalog.models().forEach(ModelsCommand::line);
            return 0;
        }
        PackedModel model = catalog.find(name)
                .orElseThrow(() -> new PackException(
                        "no model \"" + name + "\" in any pack" + ModelNames.suggestion(name, catalog.models())));
        line(model);
        ModelManifest manifest = model.manifest();
        System.out.println("  source:          " + manifest.source());
        System.out.println("  sha256:          " + model.sha256());
        System.out.println(
                "  batch-invariant: " + manifest.batchInvariant() + ", at most " + manifest.maxBatch() + " rows a run");
        if (!manifest.variants().isEmpty()) {
            System.out.println("  precision:       " + manifest.precision() + " of "
                    + new java.util.TreeSet<>(manifest.variants().keySet()) + "; name another as " + manifest.id()
                    + "/PRECISION");
        }
        manifest.graphs()
                .forEach((role, graph) -> System.out.println("  graph " + role + ":     "
                        + graph.inputs().keySet() + " -> " + graph.outputs().keySet()));
        manifest.slots()
                .forEach(slot -> System.out.println(
                        "  slot " + slot.name() + ":      " + slot.dimension() + " numbers of " + slot.encoders()));
        if (model.card() != null) {
            System.out.println("\n" + model.card());
        }
        return 0;
    }

    private static void line(PackedModel model) {
        ModelManifest manifest = model.manifest();
        System.out.printf(
                "%-34s %-15s commercial use: %-8s %s%n    %s%n",
                model,
                manifest.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                manifest.terms().commercial(),
                manifest.licence(),
                manifest.description());
    }
}
