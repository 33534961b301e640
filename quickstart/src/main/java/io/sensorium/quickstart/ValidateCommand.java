// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.run.ModelProbe;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.job.run.SavedState;
import io.sensorium.job.run.StateLock;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.quickstart.http.PipelineHealth;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Checks a pipeline file, its models, topics and registry; reports every problem at once.")
final class ValidateCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file.")
    Path file;

    /** What only a start needs. */
    private static List<String> further(PipelineConfig config) {
        List<String> problems = new ArrayList<>(PipelineHealth.tokenProblems(config));
        new SavedState(config).obstacle().ifPresent(problems::add);
        return problems;
    }

    /** What is wrong with the models of a file that has problems of its own. */
    private static List<String> probed(PipelineConfig draft, PipelineCheck check) {
        List<String> problems = new ArrayList<>();
        try {
            ModelProbe.of(draft, check.found(), problems, new ArrayList<>()).close();
        } catch (RuntimeException e) {
            // What the file has wrong may keep a model from being tried, and is what is to be reported then.
            return List.of();
        }
        return problems;
    }

    @Override
    public Integer call() throws Exception {
        PipelineConfig config = PipelineCheck.read(file, (draft, checked) -> {
            List<String> more = further(draft);
            more.addAll(probed(draft, checked));
            return more;
        });
        PipelineCheck check = PipelineCheck.of(config);
        List<String> problems = new ArrayList<>(check.problems());
        List<String> warnings = new ArrayList<>(check.warnings());
        ModelProbe.of(config, check.found(), problems, warnings).close();
        problems.addAll(further(config));
        SavedState state = new SavedState(config);
        // A file may be checked while its pipeline runs, which holds both then.
        boolean runs = StateLock.isHeld(state.folder());
        if (runs) {
            warnings.add("runtime.state_dir: " + state.folder() + " is in use by " + StateLock.holder(state.folder())
                    + ": this pipeline runs now, and run is refused until it is stopped");
        }
        PipelineHealth.unbindable(config).ifPresent((runs ? warnings : problems)::add);
        warnings.forEach(warning -> System.out.println("warning: " + warning));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(file.toString(), problems);
        }
        check.models().ifPresent(models -> {
            models.encoders().forEach(model -> System.out.println("encoder " + model + " " + model.sha256()));
            models.operators()
                    .forEach(bound -> bound.models()
                            .forEach(model -> System.out.println(
                                    "operator " + bound.operator().key() + ": " + model + " " + model.sha256())));
            models.signalHeads()
                    .forEach(head -> System.out.println(
                            "toxicity " + head.model() + " " + head.model().sha256()));
        });
        check.compared().forEach(System.out::println);
        check.missingOutputs().forEach(topic -> System.out.println("topic " + topic + " will be created"));
        System.out.println(file + ": ok");
        return 0;
    }
}
