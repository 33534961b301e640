package io.sensorium.job.run;

import io.sensorium.job.FusionPipeline;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.emit.OutputSchemas;
import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job jar's main class, for {@code flink run} and for application clusters: {@code -c FILE [--bounded]}. Where it starts from and where it saves is Flink's to say
 * ({@code flink run -s}, {@code flink stop}, {@code execution.checkpointing.dir}); checkpoints go to {@code runtime.state_dir} where the cluster has no place for them.
 */
public final class FusionJob {

    private static final Logger LOG = LoggerFactory.getLogger(FusionJob.class);

    private FusionJob() {}

    /** @throws ConfigurationException with everything that keeps the pipeline from running; @throws Exception as Kafka, registry and Flink do */
    public static void main(String[] args) throws Exception {
        List<String> all = Arrays.asList(args);
        int file = Math.max(all.indexOf("-c"), all.indexOf("--config"));
        boolean bounded = all.contains("--bounded");
        if (file < 0 || file + 1 >= all.size() || all.size() != (bounded ? 3 : 2)) {
            throw new IllegalArgumentException("arguments are " + all + ", expected -c FILE [--bounded]");
        }
        Path path = Path.of(all.get(file + 1));
        PipelineConfig config = PipelineCheck.read(path);
        PipelineCheck check = PipelineCheck.of(config);
        check.warnings().forEach(LOG::warn);
        if (!check.problems().isEmpty()) {
            throw new ConfigurationException(path.toString(), check.problems());
        }
        check.createOutputs(config);
        OutputSchemas schemas = OutputSchemas.register(config, new ConfluentSchemaRegistry(config.registry().url(), config.registry().properties()), check.limits());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.configure(FlinkSettings.beside(environment.getConfiguration(), config, bounded), FusionJob.class.getClassLoader());
        FusionPipeline.build(environment, config, check.models().orElseThrow(), schemas, FusionPipeline.kafka(config, check.partitions(), bounded), bounded);
        environment.execute("sensorium " + config.pipeline());
    }
}
