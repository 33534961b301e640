// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.records.OutputSchemas;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.schemas.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job jar's main class, for {@code flink run} and for application clusters: {@code -c FILE [--bounded] [--resume]}.
 * Flink decides where the job starts from and where it saves ({@code flink run -s}, {@code flink stop},
 * {@code execution.checkpointing.dir}); checkpoints go to {@code runtime.state_dir} where the cluster configures no
 * directory. {@code --resume} is for clusters without high availability: the job starts from the newest checkpoint or
 * savepoint in {@code runtime.state_dir}, so that a restarted JobManager does not read everything again.
 */
public final class FusionJob {

    private static final Logger LOG = LoggerFactory.getLogger(FusionJob.class);

    private FusionJob() {}

    /**
     * @throws ConfigurationException with everything that keeps the pipeline from running
     * @throws Exception as Kafka, registry and Flink do
     */
    public static void main(String[] args) throws Exception {
        List<String> all = Arrays.asList(args);
        int file = Math.max(all.indexOf("-c"), all.indexOf("--config"));
        boolean bounded = all.contains("--bounded");
        boolean resume = all.contains("--resume");
        if (file < 0
                || file + 1 >= all.size()
                || all.size() != 2 + (bounded ? 1 : 0) + (resume ? 1 : 0)
                || bounded && resume) {
            throw new IllegalArgumentException(
                    "arguments are " + all + ", expected -c FILE and at most one of --bounded and --resume");
        }
        Path path = Path.of(all.get(file + 1));
        PipelineConfig config = PipelineCheck.read(path);
        PipelineCheck check = PipelineCheck.of(config);
        check.warnings().forEach(LOG::warn);
        if (!check.problems().isEmpty()) {
            throw new ConfigurationException(path.toString(), check.problems());
        }
        check.createOutputs(config);
        OutputSchemas schemas = OutputSchemas.register(
                config,
                RegistryClient.of(
                        config.registry().type(),
                        config.registry().url(),
                        config.registry().properties()),
                check.limits());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.configure(
                FlinkSettings.beside(environment.getConfiguration(), config, bounded),
                FusionJob.class.getClassLoader());
        if (resume) {
            environment.configure(newest(path, config, check), FusionJob.class.getClassLoader());
        }
        FusionPipeline.build(
                environment,
                config,
                check.models().orElseThrow(),
                schemas,
                FusionPipeline.kafka(config, check.partitions(), bounded),
                bounded);
        environment.execute("sensorium " + config.pipeline());
    }

    /**
     * What makes the job start from the newest saved state.
     *
     * @throws ConfigurationException as {@link SavedState#resume} does
     */
    private static Configuration newest(Path file, PipelineConfig config, PipelineCheck check)
            throws ConfigurationException, IOException {
        Optional<Path> newest = new SavedState(config)
                .resume(file.toString(), config, check.models().orElseThrow(), check.topicIds());
        LOG.info(
                "--resume: {}",
                newest.map(place -> "starting from " + place)
                        .orElse("no saved state in " + config.runtime().stateDir() + ", starting from "
                                + config.runtime().start()));
        return newest.map(FlinkSettings::resumed).orElseGet(Configuration::new);
    }
}
