// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.dlq;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.explain.TopicRecords;
import io.sensorium.job.records.FailureCode;
import io.sensorium.pipeline.Suggestions;
import io.sensorium.quickstart.dlq.DeadLetterReader.Filter;
import io.sensorium.quickstart.dlq.DeadLetterReader.Found;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ./sensorium dlq}. */
@Command(
        name = "dlq",
        mixinStandardHelpOptions = true,
        description = "Lists a pipeline's dead letters and replays them.",
        subcommands = {DlqCommand.ListLetters.class, DlqCommand.ReplayLetters.class})
public final class DlqCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "dlq list, or dlq replay");
    }

    /** Which letters of which pipeline. */
    static final class Which {

        @Option(
                names = {"-c", "--config"},
                required = true,
                description = "The pipeline file.")
        Path file;

        @Option(names = "--code", split = ",", description = "Only with one of these codes.")
        List<String> codes = List.of();

        @Option(names = "--topic", split = ",", description = "Only records from these input topics.")
        List<String> topics = List.of();

        @Option(
                names = "--since",
                converter = Time.class,
                description = "Only those that failed at this time or later, such as 2026-01-31T08:00:00Z.")
        Instant since;

        @Option(
                names = "--until",
                converter = Time.class,
                description = "Only those that failed at this time or earlier.")
        Instant until;

        @Spec(Spec.Target.MIXEE)
        CommandSpec spec;

        Filter filter() {
            List<String> known =
                    Arrays.stream(FailureCode.values()).map(Enum::name).toList();
            codes.stream().filter(code -> !known.contains(code)).forEach(code -> {
                throw new ParameterException(spec.commandLine(), "--code " + code + " is none of " + known);
            });
            return new Filter(codes, topics, since, until);
        }

        /**
         * Dead letters of a former input topic may still exist, so a topic that is not an input is a warning, not an
         * error.
         */
        void warnOfStrangeTopics(PipelineConfig config) {
            List<String> inputs =
                    config.modalities().stream().map(Modality::topic).toList();
            topics.stream()
                    .filter(topic -> !inputs.contains(topic))
                    .forEach(topic -> spec.commandLine()
                            .getErr()
                            .println("warning: --topic " + printable(topic) + " is not an input topic of this pipeline"
                                    + Suggestions.suggestion(topic, inputs)));
            spec.commandLine().getErr().flush();
        }
    }

    /** A time on the command line. */
    static final class Time implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return Instant.parse(text);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("\"" + text + "\" is not a time such as 2026-01-31T08:00:00Z");
            }
        }
    }

    /** {@code dlq list}. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists dead letters by time of failure, one per line, with counts by code; marks those whose "
                    + "records were replayed.")
    static final class ListLetters implements Callable<Integer> {

        @Mixin
        Which which;

        @Option(names = "--unresolved", description = "Only those whose records were not replayed yet.")
        boolean unresolved;

        @Spec
        CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            Filter filter = which.filter();
            PipelineConfig config = PipelineFile.read(which.file);
            which.warnOfStrangeTopics(config);
            Map<String, Integer> counts = new TreeMap<>();
            PrintWriter out = spec.commandLine().getOut();
            AtomicInteger replayed = new AtomicInteger();
            // The topic's partitions are read side by side, so the order is known at the end alone. A line each is
            // kept, not the letters with their bytes.
            List<Line> lines = new ArrayList<>();
            try (TopicRecords records = new TopicRecords(config.kafka())) {
                ReplayNotes notes = ReplayNotes.read(config, records);
                InputTopics topics = InputTopics.read(config);
                DeadLetterReader.read(
                        config, records, filter, spec.commandLine().getErr(), found -> {
                            boolean done = notes.name(found, topics.id(found.letter()));
                            if (!done || !unresolved) {
                                counts.merge(found.letter().getCode(), 1, Integer::sum);
                                replayed.addAndGet(done ? 1 : 0);
                                lines.add(new Line(
                                        found.letter().getFailedAt(),
                                        found.partition(),
                                        found.offset(),
                                        line(found, done)));
                            }
                        });
            }
            lines.stream().sorted(Line.BY_TIME).forEach(line -> out.println(line.text()));
            out.println(
                    counts.isEmpty()
                            ? "no dead letters"
                            : counts + (replayed.get() > 0 ? ", " + replayed + " replayed" : ""));
            out.flush();
            return 0;
        }

        /** What is printed of a letter, and what it is ordered by. */
        private record Line(Instant failedAt, int partition, long offset, String text) {
            static final Comparator<Line> BY_TIME = Comparator.comparing(Line::failedAt)
                    .thenComparingInt(Line::partition)
                    .thenComparingLong(Line::offset);
        }

        private static String line(Found found, boolean replayed) {
            var letter = found.letter();
            String bytes = letter.getValue() == null
                    ? letter.getValueSize() == 0
                            ? "no value"
                            : letter.getValueSize() < 0
                                    ? "size unknown (not here)"
                                    : letter.getValueSize() + " bytes (not here)"
                    : letter.getValue().remaining() < letter.getValueSize()
                            ? letter.getValueSize() + " bytes (the first "
                                    + letter.getValue().remaining() + " here)"
                            : letter.getValueSize() + " bytes";
            return String.format(
                    Locale.ROOT,
                    "%s  %s  %s  %s's fault  %s  %s  try %d%s  %s: %s",
                    found.place(),
                    letter.getFailedAt(),
                    letter.getCode(),
                    letter.getFault().toLowerCase(Locale.ROOT),
                    printable(found.origin()),
                    bytes,
                    letter.getAttempts(),
                    replayed ? "  replayed" : "",
                    letter.getStage(),
                    printable(letter.getMessage()));
        }
    }

    /** Messages may quote what a producer sent: nothing of it reaches the terminal as control characters. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    /** {@code dlq replay}. */
    @Command(
            name = "replay",
            mixinStandardHelpOptions = true,
            description =
                    "Sends the records of dead letters to their topics of origin, each at most once, with a header "
                            + "that counts the tries.")
    static final class ReplayLetters implements Callable<Integer> {

        @Mixin
        Which which;

        @Option(
                names = "--max-tries",
                defaultValue = "3",
                description = "A record that has failed this often is not sent; ${DEFAULT-VALUE} by default.")
        int maxTries;

        @Spec
        CommandSpec spec;

        @Override
        public Integer call() throws Exception {
            Filter filter = which.filter();
            PipelineConfig config = PipelineFile.read(which.file);
            which.warnOfStrangeTopics(config);
            Map<DeadLetterReplayer.Outcome, Integer> outcomes = new EnumMap<>(DeadLetterReplayer.Outcome.class);
            PrintWriter out = spec.commandLine().getOut();
            try (TopicRecords letters = new TopicRecords(config.kafka());
                    TopicRecords originals = new TopicRecords(config.kafka());
                    DeadLetterReplayer replay = new DeadLetterReplayer(config, originals, maxTries)) {
                DeadLetterReader.read(
                        config, letters, filter, spec.commandLine().getErr(), found -> {
                            try {
                                DeadLetterReplayer.Result result = replay.send(found);
                                outcomes.merge(result.outcome(), 1, Integer::sum);
                                if (result.outcome() != DeadLetterReplayer.Outcome.SENT_BEFORE) {
                                    out.println(found.place() + "  " + line(result, found));
                                }
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
                replay.commit();
            }
            List<String> summary = new ArrayList<>();
            outcomes.forEach((outcome, count) -> summary.add(
                    count + " " + outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
            out.println(summary.isEmpty() ? "no dead letters" : String.join(", ", summary));
            out.flush();
            return 0;
        }

        private String line(DeadLetterReplayer.Result result, Found found) {
            var letter = found.letter();
            String origin = printable(found.origin());
            return switch (result.outcome()) {
                case SENT -> letter.getCode() + " of " + origin + " sent again to " + letter.getTopic();
                case TOO_MANY_TRIES ->
                    letter.getCode() + " of " + origin + " stays: it has failed " + letter.getAttempts()
                            + " times; raise --max-tries to send it anyway";
                case GONE -> letter.getCode() + " of " + origin + " cannot be sent: " + result.reason();
                case NO_INPUT ->
                    letter.getCode() + " of " + origin + " stays: that is not an input topic of this pipeline";
                case SENT_BEFORE -> "";
            };
        }
    }
}
