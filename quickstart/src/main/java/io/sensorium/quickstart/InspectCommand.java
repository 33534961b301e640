// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.config.SharedTopics;
import io.sensorium.job.inspect.TopicInspection;
import io.sensorium.job.inspect.TopicInspection.Inspected;
import io.sensorium.job.models.PipelineModels;
import io.sensorium.job.records.Coordinates;
import io.sensorium.job.records.IngestRecord;
import io.sensorium.job.run.PipelineCheck;
import io.sensorium.pipeline.ConfigurationException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description =
                "Shows what the newest records of the input topics become: each event's fields and decoded media, "
                        + "or why the record would be a dead letter. A warning line names what may be wrong with the "
                        + "mapping. Exits with 1 if any record would be a dead letter, or if none of a topic's has an "
                        + "event of the modality.")
final class InspectCommand implements Callable<Integer> {

    @Option(
            names = {"-c", "--config"},
            required = true,
            description = "The pipeline file.")
    Path file;

    @Option(
            names = "--records",
            defaultValue = "5",
            description = "Records of each topic, at most 1000. Default: ${DEFAULT-VALUE}.")
    int records;

    @Override
    public Integer call() throws Exception {
        if (records < 1 || records > 1000) {
            System.err.println("inspect: --records is " + records + ", expected 1 to 1000");
            return 2;
        }
        PipelineConfig config = PipelineFile.read(file);
        PipelineModels models = PipelineModels.require(file.toString(), config, new ArrayList<>());
        List<String> problems = PipelineCheck.payloads(config, models);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(file.toString(), problems);
        }
        boolean good = true;
        try (TopicInspection inspection = new TopicInspection(config, models)) {
            for (Modality modality : config.sources()) {
                List<Inspected> newest = inspection.newest(modality, records);
                if (newest.isEmpty()) {
                    System.out.println(modality.name() + ": topic " + modality.topic() + " has no records");
                }
                for (Inspected one : newest) {
                    print(modality.name(), one);
                    good &= !(one.record() instanceof IngestRecord.Rejected);
                }
                if (!newest.isEmpty() && newest.stream().allMatch(InspectCommand::isWithoutEvent)) {
                    good = false;
                    System.out.println(modality.name() + ": none of the records shown (" + newest.size()
                            + ") has an event of this modality; if they should, correct modalities."
                            + modality.name() + ".event.payload, else show more with --records");
                    System.out.println();
                }
            }
        }
        return good ? 0 : 1;
    }

    private static boolean isWithoutEvent(Inspected inspected) {
        return inspected.record() instanceof IngestRecord.Absent
                || inspected.record() instanceof IngestRecord.Rejected rejected
                        && rejected.message().startsWith(SharedTopics.NO_PAYLOAD);
    }

    private static void print(String modality, Inspected inspected) {
        Coordinates origin = inspected.record().origin();
        System.out.println(modality + ": " + origin.item() + ", "
                + (inspected.bytes() < 0 ? "no value" : inspected.bytes() + " bytes"));
        if (inspected.record() instanceof IngestRecord.Event event) {
            System.out.println("  event_id    " + event.eventId());
            System.out.println("  subject_id  " + event.subjectId());
            System.out.println("  event_time  " + Instant.ofEpochMilli(event.time()));
            System.out.println("  payload     " + inspected.content());
            inspected.contentType().ifPresent(type -> System.out.println("  media type  " + type));
            event.attributes().forEach((name, value) -> System.out.println("  attribute   " + name + " = " + value));
            inspected.remarks().forEach(remark -> System.out.println("  warning     " + remark));
        } else if (inspected.record() instanceof IngestRecord.Rejected rejected) {
            System.out.println("  dead letter " + rejected.code() + ": " + rejected.message());
        } else {
            inspected.remarks().forEach(why -> System.out.println("  no event    " + why));
        }
        System.out.println();
    }
}
