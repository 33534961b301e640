// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sensorium.job.asyncapi.AsyncApiDocument;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.models.PipelineModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "asyncapi",
        mixinStandardHelpOptions = true,
        description =
                "Describes the input and output topics of a pipeline as an AsyncAPI 3.0 document in YAML: servers, "
                        + "channels, keys, headers and the schemas of the values. Needs neither broker nor registry.")
final class AsyncApiCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file.")
    Path file;

    @Option(
            names = {"-o", "--output"},
            description = "The file to write; standard output by default.")
    Path output;

    @Override
    public Integer call() throws Exception {
        PipelineConfig config = PipelineFile.read(file);
        PipelineModels models = PipelineModels.require(file.toString(), config, new ArrayList<>());
        ObjectNode document = AsyncApiDocument.of(config, models, SensoriumCommand.VERSION);
        String yaml = YAMLMapper.builder()
                .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                .disable(YAMLGenerator.Feature.SPLIT_LINES)
                .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                .build()
                .writeValueAsString(document);
        if (output == null) {
            System.out.print(yaml);
        } else {
            Files.writeString(output, yaml);
        }
        return 0;
    }
}
