// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.align;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.benchmarks.load.ContenderJvm;
import io.sensorium.benchmarks.report.Report;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedStack;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** The benchmark's course: streams into topics once, then every contender over them, one at a time. For one thread. */
public final class AlignBench implements AutoCloseable {

    private static final double WARM_UP = 0.2;

    /** Fewer, and what is measured is how fast a JVM compiles. */
    private static final int ENOUGH_TO_WARM_UP = 3_000_000;

    private static final Duration STALLED = Duration.ofMinutes(3);

    /**
     * What to run.
     *
     * @param contenders who takes part
     * @param subjects numbers of subjects; the first is also that of the delay and the state
     * @param events per run of throughput; at least one triple a subject where 0
     * @param triplesPerSecond of event time at most, which determines how many events are open at once
     * @param pacedSeconds how long the paced stream lasts, at least 40; 0 leaves delay and state unmeasured
     * @param heap of each contender, as {@code -Xmx} has it
     */
    public record Plan(
            List<Contender> contenders,
            List<Integer> subjects,
            int events,
            int triplesPerSecond,
            int pacedSeconds,
            String heap) {}

    private final EmbeddedStack stack;
    private final Path folder;
    private final Plan plan;
    private final PrintStream progress;
    private final Report report;
    private int runs;

    /**
     * Starts broker and registry.
     *
     * @throws IOException when they do not start
     */
    public AlignBench(Plan plan, Path folder, PrintStream progress) throws IOException {
        this.plan = plan;
        this.folder = folder;
        this.progress = progress;
        this.report = new Report("align");
        this.stack = EmbeddedStack.start(DistributionLayout.stackDistributions(), folder);
    }

    /**
     * Runs everything.
     *
     * @throws Exception when a contender fails or writes other triples than the stream's
     */
    public Report run() throws Exception {
        for (int subjects : plan.subjects()) {
            int events =
                    plan.events() > 0 ? plan.events() : Math.max(ENOUGH_TO_WARM_UP, TripleStream.MODALITIES * subjects);
            TripleStream stream = ended(subjects, events / TripleStream.MODALITIES);
            String topics = load("stream-" + subjects, stream, true);
            for (Contender contender : plan.contenders()) {
                throughput(contender, topics, stream);
            }
            delete(StreamTopics.topics(topics));
        }
        int first = plan.subjects().get(0);
        if (plan.pacedSeconds() > 0) {
            stateAndDelay(first);
        }
        ratios(first);
        return report;
    }

    /** What is measured so far. */
    public Report report() {
        return report;
    }

    private void stateAndDelay(int subjects) throws Exception {
        List<Contender> contenders = plan.contenders().stream()
                .filter(contender -> contender != Contender.READ_ONLY)
                .toList();
        TripleStream window = ended(subjects, triplesOfOneWindow(subjects));
        String topics = load("window", window, false);
        for (Contender contender : contenders) {
            state(contender, topics, window);
        }
        for (Contender contender : contenders) {
            delay(contender, subjects);
        }
    }

    /**
     * A stream that lies in the past, its far-ahead end included. Contenders give their records event times, and a
     * broker deletes what is a week old ({@code retention.ms}) and refuses what is an hour ahead
     * ({@code message.timestamp.after.max.ms}).
     */
    private TripleStream ended(int subjects, int triples) {
        long length = stream(subjects, triples, 0).windowEnd(triples - 1) + StreamTopics.FAR_AHEAD_MS;
        return stream(
                subjects,
                triples,
                (System.currentTimeMillis() - length) / TripleStream.WINDOW_MS * TripleStream.WINDOW_MS);
    }

    private TripleStream stream(int subjects, int triples, long start) {
        return new TripleStream(subjects, triples, start, plan.triplesPerSecond());
    }

    /** As many triples as fall into a first window; nothing of theirs can close before an event of the next. */
    private int triplesOfOneWindow(int subjects) {
        return (int) (stream(subjects, 1, 0).triplesPerSecond() * TripleStream.WINDOW_MS / 1000);
    }

    private String load(String topics, TripleStream stream, boolean closed) throws Exception {
        long before = System.nanoTime();
        Duration brokerBefore = stack.brokerTime();
        stack.broker()
                .createTopics(
                        StreamTopics.PARTITIONS, StreamTopics.topics(topics).toArray(String[]::new));
        try (StreamTopics out = new StreamTopics(stack.bootstrapServers(), stack.registryUrl(), topics)) {
            out.send(stream, false);
            if (closed) {
                out.close(stream);
            }
            out.flush();
        }
        double seconds = (System.nanoTime() - before) / 1e9;
        report.run("generator")
                .put(
                        topics + "_broker_processor_s_per_million_events",
                        perMillion(stack.brokerTime().minus(brokerBefore), stream));
        progress.printf(
                "%s: %,d events of %,d subjects written in %.0f s%n",
                topics, (long) stream.triples() * TripleStream.MODALITIES, stream.subjects(), seconds);
        report.run("generator")
                .put(topics + "_events_per_s", Math.round(stream.triples() * TripleStream.MODALITIES / seconds));
        return topics;
    }

    private void throughput(Contender contender, String topics, TripleStream stream) throws Exception {
        ContenderSpec where = where(contender, topics);
        Duration brokerBefore = stack.brokerTime();
        try (TripleWatcher watcher = new TripleWatcher(
                        stack.bootstrapServers(), where.output(), stream, contender == Contender.READ_ONLY);
                ChildProcess process = start(contender, where)) {
            watch(contender, watcher, process, stream.triples());
            ObjectNode run = report.run(contender.label());
            String suffix = stream.subjects() == plan.subjects().get(0) ? "" : "_" + stream.subjects() + "_subjects";
            run.put("events_per_s" + suffix, Math.round(watcher.eventsPerSecond(WARM_UP)));
            run.put("elapsed_ms" + suffix, watcher.elapsed());
            run.put("processor_s_per_million_events" + suffix, perMillion(process.processorTime(), stream));
            run.put(
                    "broker_processor_s_per_million_events" + suffix,
                    perMillion(stack.brokerTime().minus(brokerBefore), stream));
            progress.printf(
                    "%-22s %,9d subjects %,9.0f events/s%n",
                    contender.label(), stream.subjects(), watcher.eventsPerSecond(WARM_UP));
        }
        tidy(where);
    }

    private static double perMillion(Duration processorTime, TripleStream stream) {
        return Math.round(processorTime.toMillis() * 1e4 / ((double) stream.triples() * TripleStream.MODALITIES))
                / 10.0;
    }

    private void watch(Contender contender, TripleWatcher watcher, ChildProcess process, int triples)
            throws IOException {
        long moved = System.nanoTime();
        int last = 0;
        long reported = System.nanoTime();
        while (!watcher.complete()) {
            int now = watcher.poll();
            process.requireAlive();
            if (now > last) {
                last = now;
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > STALLED.toNanos()) {
                throw new IOException(contender.label() + " stands at " + now + " of " + triples + " triples for "
                        + STALLED.toSeconds() + " s; see " + folder);
            }
            if (System.nanoTime() - reported > 10_000_000_000L) {
                reported = System.nanoTime();
                progress.printf("  %s: %,d of %,d triples%n", contender.label(), now, triples);
            }
        }
    }

    /** What a whole window of open events takes, in a checkpoint or the stores' files. */
    private void state(Contender contender, String topics, TripleStream stream) throws Exception {
        ContenderSpec where = where(contender, topics);
        int events = stream.triples() * TripleStream.MODALITIES;
        Path state = where.folder().resolve("checkpoints");
        long bytes;
        try (ChildProcess process = start(contender, where)) {
            process.await(() -> committed(where.group(), StreamTopics.topics(topics)), STALLED);
            bytes = contender == Contender.KAFKA_STREAMS
                    ? Long.parseLong(Files.readString(where.folder().resolve(KafkaStreamsContender.STATE_BYTES)))
                    : newestCheckpoint(state);
        }
        report.run(contender.label()).put("state_bytes_per_event", Math.round((double) bytes / events));
        progress.printf(
                "%-22s %,9d open events, %,d bytes of state per event%n",
                contender.label(), events, Math.round((double) bytes / events));
        tidy(where);
    }

    private boolean committed(String group, List<String> topics) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", stack.bootstrapServers()))) {
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            topics.forEach(topic -> Stream.of(0, 1)
                    .forEach(partition -> latest.put(new TopicPartition(topic, partition), OffsetSpec.latest())));
            var ends = admin.listOffsets(latest).all().get();
            var done = admin.listConsumerGroupOffsets("sensorium-" + group)
                    .partitionsToOffsetAndMetadata()
                    .get();
            return latest.keySet().stream()
                    .allMatch(partition -> done.get(partition) != null
                            && done.get(partition).offset()
                                    >= ends.get(partition).offset());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            return false;
        }
    }

    private static long newestCheckpoint(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            Path newest = files.filter(file -> file.getFileName().toString().equals("_metadata"))
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().lastModified()))
                    .map(Path::getParent)
                    .orElse(null);
            return newest == null ? 0 : size(newest);
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void delay(Contender contender, int subjects) throws Exception {
        String topics = "paced-" + contender.label();
        stack.broker()
                .createTopics(
                        StreamTopics.PARTITIONS, StreamTopics.topics(topics).toArray(String[]::new));
        ContenderSpec where = where(contender, topics);
        long start = (System.currentTimeMillis() / TripleStream.WINDOW_MS + 1) * TripleStream.WINDOW_MS;
        TripleStream stream =
                stream(subjects, (int) (stream(subjects, 1, start).triplesPerSecond() * plan.pacedSeconds()), start);
        try (TripleWatcher watcher = new TripleWatcher(stack.bootstrapServers(), where.output(), stream, false);
                ChildProcess process = start(contender, where);
                StreamTopics out = new StreamTopics(stack.bootstrapServers(), stack.registryUrl(), topics)) {
            progress.printf(
                    "  %s: %d s at %.0f events/s%n",
                    contender.label(), plan.pacedSeconds(), stream.triplesPerSecond() * TripleStream.MODALITIES);
            out.send(stream, true);
            out.close(stream);
            out.flush();
            watch(contender, watcher, process, stream.triples());
            ObjectNode run = report.run(contender.label());
            run.put("p50_ms", watcher.delay(0.5, contender.windowed()));
            run.put("p99_ms", watcher.delay(0.99, contender.windowed()));
            run.put("after_last_input_p99_ms", watcher.delay(0.99, false));
            progress.printf(
                    "%-22s p50 %d ms, p99 %d ms%n",
                    contender.label(),
                    watcher.delay(0.5, contender.windowed()),
                    watcher.delay(0.99, contender.windowed()));
        }
        tidy(where);
        delete(StreamTopics.topics(topics));
    }

    private void ratios(int first) {
        ObjectNode ours = report.run(Contender.OURS.label());
        for (Contender peer : List.of(Contender.INTERVAL_JOINS, Contender.WINDOW_COGROUP, Contender.KAFKA_STREAMS)) {
            ObjectNode run = report.run(peer.label());
            report.ratio(peer.label(), ours, run, "events_per_s");
            report.ratio(peer.label() + ":state", ours, run, "state_bytes_per_event");
            for (int subjects : plan.subjects()) {
                if (subjects != first) {
                    report.ratio(peer.label() + ":" + subjects, ours, run, "events_per_s_" + subjects + "_subjects");
                }
            }
        }
        report.ratio("limit-read-only", ours, report.run(Contender.READ_ONLY.label()), "events_per_s");
        if (ours.has("state_bytes_per_event")) {
            report.ratio(
                    "limit-embedding-bytes",
                    ours.path("state_bytes_per_event").asDouble(),
                    TripleStream.DIMENSION * Float.BYTES);
        }
        for (int subjects : plan.subjects()) {
            if (subjects != first && ours.has("events_per_s")) {
                report.ratio(
                        "ours:" + subjects + "-to-" + first,
                        ours.path("events_per_s_" + subjects + "_subjects").asDouble(),
                        ours.path("events_per_s").asDouble());
            }
        }
    }

    private ContenderSpec where(Contender contender, String topics) throws IOException {
        String group = contender.label() + "-" + ++runs;
        stack.broker().createTopics(StreamTopics.PARTITIONS, "triples-" + group);
        Path own = folder.resolve(group);
        Files.createDirectories(own);
        return new ContenderSpec(stack.bootstrapServers(), stack.registryUrl(), topics, "triples-" + group, group, own);
    }

    private ChildProcess start(Contender contender, ContenderSpec where) throws IOException {
        String classPath = DistributionLayout.benchmarksClassPath(contender == Contender.KAFKA_STREAMS);
        List<String> options = ContenderJvm.options(plan.heap(), where.folder());
        String profile = System.getProperty("sensorium.profile");
        if (profile != null) {
            options.add("-XX:StartFlightRecording=filename=" + Path.of(profile).resolve(where.group() + ".jfr")
                    + ",settings=profile");
        }
        List<String> main = new ArrayList<>(List.of(contender.main().getName()));
        main.addAll(where.arguments(contender));
        return ChildProcess.java(where.group(), where.folder(), options, classPath, main);
    }

    private void tidy(ContenderSpec where) throws Exception {
        delete(List.of(where.output()));
        Path state = where.folder().resolve("checkpoints");
        if (Files.exists(state)) {
            try (Stream<Path> files = Files.walk(state)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void delete(List<String> topics) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", stack.bootstrapServers()))) {
            admin.deleteTopics(topics).all().get();
        }
    }

    @Override
    public void close() {
        stack.close();
    }
}
