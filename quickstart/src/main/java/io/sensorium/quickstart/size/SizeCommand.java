// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.size;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.pipeline.Quantities;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./sensorium size}. */
@Command(
        name = "size",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Calculates the size of a deployment from the cost of events as measured by bench sizing. See "
                + "docs/scaling.md.")
public final class SizeCommand implements Callable<Integer> {

    private static final int HOURS_OF_A_MONTH = 730;

    @Option(
            names = "--rate",
            split = ",",
            required = true,
            paramLabel = "MODALITY=EVENTS_A_SECOND",
            description = "Such as image=100,text=1000,audio=50.")
    Map<String, Double> rates = new LinkedHashMap<>();

    @Option(
            names = "--window",
            defaultValue = "10s",
            description = "Length of the windows, disorder and lateness together; ${DEFAULT-VALUE} by default.")
    String window;

    @Option(
            names = "--utilization",
            defaultValue = "0.7",
            description =
                    "Share of the processors to use; the rest is headroom to catch up. ${DEFAULT-VALUE} by default.")
    double utilization;

    @Option(
            names = "--cores",
            defaultValue = "8",
            description = "Cores of one TaskManager; ${DEFAULT-VALUE} by default.")
    int cores;

    @Option(
            names = "--retention",
            defaultValue = "7d",
            description = "Retention of the input topics; ${DEFAULT-VALUE} by default.")
    String retention;

    @Option(
            names = "--replicas",
            defaultValue = "3",
            description = "Replicas of the topics; ${DEFAULT-VALUE} by default.")
    int replicas;

    @Option(
            names = "--subjects",
            defaultValue = "100000",
            description = "Concurrent subjects, for the spread over TaskManagers; ${DEFAULT-VALUE} by default.")
    int subjects;

    @Option(
            names = "--zipf",
            defaultValue = "1",
            description = "Zipf exponent of the subjects' rates: 0 is uniform, 1 typical of natural data; "
                    + "${DEFAULT-VALUE} by default.")
    double zipf;

    @Option(
            names = "--core-hour",
            defaultValue = "0.05",
            description = "Price of a core for an hour, in your currency; ${DEFAULT-VALUE} by default.")
    double coreHour;

    @Option(
            names = "--costs",
            description = "Figures of your own machine, from bench sizing --json FILE; the project's by default.")
    Path costs;

    @Option(names = "--json", description = "File for the figures.")
    Path json;

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (utilization <= 0
                || utilization > 1
                || cores < 1
                || replicas < 1
                || subjects < 1
                || zipf < 0
                || rates.values().stream().anyMatch(rate -> !(rate >= 0))) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--utilization is above 0 and at most 1, --cores, --replicas and --subjects at least 1, --zipf and rates not negative");
        }
        CostModel measured = read();
        CapacityPlanner.Plan plan;
        try {
            plan = CapacityPlanner.plan(
                    measured,
                    new CapacityPlanner.Demand(
                            rates,
                            Quantities.duration(window).toMillis() / 1000.0,
                            utilization,
                            cores,
                            Quantities.duration(retention).toMillis() / 1000.0,
                            replicas));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        double bySubject =
                SkewModel.hottest(subjects, zipf, plan.partitions(), plan.taskManagers(), SkewModel.Key.SUBJECT, 1);
        double byEvent =
                SkewModel.hottest(subjects, zipf, plan.partitions(), plan.taskManagers(), SkewModel.Key.EVENT, 1);
        double month = plan.jobCores() * coreHour * HOURS_OF_A_MONTH;
        print(measured, plan, bySubject, byEvent, month);
        if (json != null) {
            ObjectNode report = new ObjectMapper().valueToTree(plan);
            report.put("hottest_keyed_by_subject", bySubject)
                    .put("hottest_keyed_by_event", byEvent)
                    .put("month", month);
            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), report);
        }
        return 0;
    }

    private CostModel read() {
        try {
            return costs == null ? CostModel.bundled() : CostModel.read(costs);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--costs " + costs + ": " + e.getMessage());
        }
    }

    private void print(CostModel measured, CapacityPlanner.Plan plan, double bySubject, double byEvent, double month) {
        printLine("costs        measured on %s", measured.machine());
        rates.forEach((modality, rate) -> printLine(
                "%-12s %,.0f events/s of %s: %.1f cores encode",
                modality,
                rate,
                measured.modalities().get(modality).encoder(),
                plan.workers().get(modality)));
        printLine(
                "job          %.1f cores at %.0f %% use: %d TaskManagers of %d cores",
                plan.jobCores(), 100 * utilization, plan.taskManagers(), cores);
        printLine("partitions   %d of each input topic", plan.partitions());
        printLine("state        %.2f GiB of open events", plan.stateGib());
        printLine(
                "kafka        %.1f MiB/s in, %,.0f GiB kept over %s with %d replicas, %.1f broker cores before replication",
                plan.ingressMib(), plan.storageGib(), retention, replicas, plan.brokerCores());
        printLine(
                "spread       the hottest TaskManager has %.2f times the mean with records keyed by subject, %.2f by event",
                bySubject, byEvent);
        if (bySubject > 1.25) {
            printLine("             key media by event, or not at all: alignment keys by the value's subject_id in "
                    + "any case, and encoding is the main cost");
        }
        printLine("cost         %,.0f a month for the job's cores", month);
    }

    private void printLine(String format, Object... arguments) {
        spec.commandLine().getOut().printf(Locale.ROOT, format + "%n", arguments);
    }
}
