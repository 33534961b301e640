package io.sensorium.quickstart;

import io.sensorium.job.config.ConfigurationException;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.operators.media.MediaLimits;
import io.sensorium.operators.encode.Encoder;
import io.sensorium.operators.onnx.Device;
import io.sensorium.operators.onnx.OnnxGraphSession;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "validate", mixinStandardHelpOptions = true, description = "Checks a pipeline file, its models, topics and registry; reports every problem at once.")
final class ValidateCommand implements Callable<Integer> {

    @Option(names = {"-c", "--config"}, required = true, description = "The pipeline file.")
    Path file;

    @Override
    public Integer call() throws Exception {
        PipelineConfig config = PipelineFile.read(file);
        PipelineCheck check = PipelineCheck.of(config);
        List<String> problems = new ArrayList<>(check.problems());
        check.models().ifPresent(models -> {
            Device device = Device.parse(config.runtime().device());
            for (PackedModel model : models.encoders()) {
                load(problems, () -> Encoder.open(model, MediaLimits.DEFAULT, device, 1).close());
            }
            models.heads().forEach(bound -> load(problems, () -> OnnxGraphSession.open(bound.head(), "model", device, 1).close()));
        });
        check.warnings().forEach(warning -> System.out.println("warning: " + warning));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(file.toString(), problems);
        }
        check.models().ifPresent(models -> {
            models.encoders().forEach(model -> System.out.println("encoder " + model + " " + model.sha256()));
            models.heads().forEach(bound -> System.out.println("operator " + bound.operator().key() + ": " + bound.head() + " " + bound.head().sha256()));
        });
        check.missingOutputs().forEach(topic -> System.out.println("topic " + topic + " will be created"));
        System.out.println(file + ": ok");
        return 0;
    }

    private static void load(List<String> problems, Runnable loading) {
        try {
            loading.run();
        } catch (PackException e) {
            problems.addAll(e.problems());
        }
    }
}
