// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sensorium.job.config.Moderation;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.quickstart.http.OperationsServer;
import io.sensorium.quickstart.http.PipelineHealth;
import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.replay.EventProducer;
import io.sensorium.quickstart.replay.ReplayEvent;
import io.sensorium.quickstart.replay.SampleStream;
import io.sensorium.quickstart.runtime.RunningPipeline;
import io.sensorium.quickstart.runtime.ShutdownSignal;
import io.sensorium.quickstart.stack.ChildProcess;
import io.sensorium.quickstart.stack.EmbeddedStack;
import io.sensorium.quickstart.stack.LiveMetrics;
import io.sensorium.results.DeadLetter;
import io.sensorium.results.IncompleteWindow;
import io.sensorium.results.LateEvent;
import io.sensorium.results.MatchResult;
import io.sensorium.results.ModerationDecision;
import io.sensorium.results.SentimentResult;
import io.sensorium.schemas.ConfluentSchemaRegistry;
import io.sensorium.schemas.ResultStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Starts Kafka, a schema registry, Flink and the fusion job, replays the bundled stream and shows "
                + "the results.")
public final class DemoCommand implements Callable<Integer> {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long STATUS_EVERY_MS = 2_000;

    /** When the dashboard starts even though there is no result. */
    private static final long DASHBOARD_MS = 20_000;

    @Option(names = "--seconds", description = "Seconds of replay before it ends; until Ctrl-C by default.")
    Long seconds;

    @Option(names = "--no-browser", description = "Open no browser.")
    boolean noBrowser;

    @Option(names = "--json", description = "File for the figures at the end.")
    Path json;

    private final long started = System.currentTimeMillis();
    private volatile long firstResultMs = -1;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("sensorium-demo");
        printLine("starting Kafka and the schema registry (logs in %s) ...", folder);
        // The models load while the child processes start: what a fresh JVM spends on both is most of the way to the
        // first result.
        CompletableFuture<Void> warm = CompletableFuture.runAsync(() -> DemoWarmUp.run(template()));
        try (EmbeddedStack stack =
                EmbeddedStack.start(DistributionLayout.stackDistributions(), folder.resolve("stack"))) {
            printLine("Kafka at %s, registry at %s", stack.bootstrapServers(), stack.registryUrl());
            // One partition each: with a trickle of events, every further one would only hold the watermark back.
            stack.broker().createTopics(1, "media.image", "media.text", "media.audio");
            Path file = folder.resolve("demo.yaml");
            DemoDashboard dashboard =
                    new DemoDashboard(folder, file, !noBrowser, message -> printLine("%-9s %s", "dashboard", message));
            Files.writeString(file, pipelineFile(stack, folder, dashboard.port()));
            PipelineConfig config = PipelineFile.read(file);
            warm.join();
            try (RunningPipeline pipeline = RunningPipeline.start(
                            file.toString(), config, new RunningPipeline.Mode(false, false), System.out);
                    OperationsServer operations = PipelineHealth.serve(pipeline, config, false);
                    dashboard) {
                // Until here a signal ends the process at once, and its children with it: there is nothing to save.
                CountDownLatch stopped = ShutdownSignal.latch();
                Map<String, String> urls = new LinkedHashMap<>();
                urls.put("dashboard", dashboard.url());
                urls.put("flink", pipeline.flink().webUrl());
                urls.put("health", operations.url() + "/health/ready");
                urls.put("registry", stack.registryUrl());
                printLine("%-9s starts with the first result", "dashboard");
                urls.forEach((name, url) -> {
                    if (!name.equals("dashboard")) {
                        printLine("%-9s %s", name, url);
                    }
                });
                printLine("to explain a result: ./sensorium explain RESULT_ID -c %s", file);
                watch(config, stack, pipeline, dashboard, stopped, urls);
            }
        }
        printLine("stopped, everything is shut down; data and logs stay in %s", folder);
        return 0;
    }

    private void watch(
            PipelineConfig config,
            EmbeddedStack stack,
            RunningPipeline pipeline,
            DemoDashboard dashboard,
            CountDownLatch stopped,
            Map<String, String> urls)
            throws Exception {
        ConfluentSchemaRegistry registry = new ConfluentSchemaRegistry(stack.registryUrl(), Map.of());
        Map<String, String> topics = Map.of("image", "media.image", "text", "media.text", "audio", "media.audio");
        try (EventProducer producer = new EventProducer(stack.bootstrapServers(), registry, topics);
                ResultWatcher watcher = new ResultWatcher(config, registry)) {
            stack.registry().requireBackward("media.image-value", "media.text-value", "media.audio-value");
            CompletableFuture<Void> replay = new CompletableFuture<>();
            Thread sender = new Thread(() -> replay(producer, stopped, replay), "replay");
            sender.setDaemon(true);
            sender.start();
            long replayStarted = System.currentTimeMillis();
            long nextStatus = replayStarted + STATUS_EVERY_MS;
            while (stopped.getCount() > 0) {
                watcher.poll(POLL, this::show);
                long now = System.currentTimeMillis();
                if (now >= nextStatus) {
                    nextStatus = now + STATUS_EVERY_MS;
                    status(watcher, (now - replayStarted) / 1000.0);
                }
                if (replay.isCompletedExceptionally()) {
                    replay.get();
                }
                if (pipeline.flink().status().isGloballyTerminalState()) {
                    throw new IOException("the job ended unexpectedly: " + pipeline.awaitEnd());
                }
                if (firstResultMs >= 0 || now - replayStarted >= DASHBOARD_MS) {
                    dashboard.start();
                }
                dashboard.requireAlive();
                if (seconds != null && now - replayStarted >= seconds * 1000) {
                    stopped.countDown();
                }
            }
            replay.get(10, TimeUnit.SECONDS);
            printLine("stopping ...");
            // The counters go with the job, so they are read before it stops; its savepoint commits what was still
            // open.
            Map<String, Object> events = new LinkedHashMap<>();
            config.modalities()
                    .forEach(modality -> events.put(
                            modality.name(), LiveMetrics.sum("modality." + modality.name() + ".events_decoded_total")));
            String share = shares();
            pipeline.stop();
            watcher.poll(Duration.ofSeconds(1), this::show);
            printLine("%s", share);
            printLine(
                    "results: %d sentiment, %d match; windows: %d complete, %d incomplete; late %d, dead letters %d; "
                            + "latency p50 %d ms, p99 %d ms",
                    watcher.finalResults(SentimentResult.getClassSchema()),
                    watcher.finalResults(MatchResult.getClassSchema()),
                    watcher.completeWindows(),
                    watcher.incompleteWindows(),
                    watcher.late(),
                    watcher.deadLetters(),
                    watcher.latency(0.5),
                    watcher.latency(0.99));
            Map<String, Object> report = report(watcher, events, urls, stack);
            if (json != null) {
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), report);
            }
        }
    }

    private void replay(EventProducer producer, CountDownLatch stopped, CompletableFuture<Void> done) {
        try {
            List<ReplayEvent> events = SampleStream.bundled();
            Instant start = Instant.now();
            for (int lap = 0; stopped.getCount() > 0; lap++) {
                for (ReplayEvent stored : events) {
                    ReplayEvent event = stored.inLap(lap, SampleStream.LAP_MS);
                    long due = start.plusMillis(event.sendAt()).toEpochMilli() - System.currentTimeMillis();
                    if (stopped.await(Math.max(0, due), TimeUnit.MILLISECONDS)) {
                        break;
                    }
                    producer.send(event, start.plusMillis(event.happenedAt()));
                }
            }
            producer.flush();
            done.complete(null);
        } catch (IOException | InterruptedException | RuntimeException e) {
            done.completeExceptionally(e);
        }
    }

    private void show(String topic, SpecificRecord value) {
        if (value instanceof SentimentResult result) {
            firstResult();
            printLine(
                    "  %-14s %-18s %-8s score %+.2f  %-20s agreement %.2f%s",
                    result.getSubjectId(),
                    "[" + String.join(" ", result.getModalities()) + "]",
                    result.getLabel(),
                    result.getScore(),
                    numbers(result.getContributions()),
                    result.getAgreement(),
                    provisional(result.getStatus()));
        } else if (value instanceof MatchResult result) {
            firstResult();
            printLine(
                    "  %-14s match  %s%s",
                    result.getSubjectId(),
                    result.getPairs().stream()
                            .map(pair -> String.format(
                                    Locale.ROOT,
                                    "%s~%s %.2f%s",
                                    pair.getLeftModality(),
                                    pair.getRightModality(),
                                    pair.getProbability(),
                                    pair.getMatched() ? " yes" : " no"))
                            .collect(Collectors.joining(", ")),
                    provisional(result.getStatus()));
        } else if (value instanceof IncompleteWindow window) {
            printLine(
                    "  %-14s incomplete: has %s, lacks %s%s",
                    window.getSubjectId(),
                    window.getModalities(),
                    window.getMissing(),
                    window.getOperator().isEmpty() ? "" : " for " + window.getOperator());
        } else if (value instanceof LateEvent late) {
            printLine(
                    "  %-14s late: %s %s came %.1f s behind the watermark",
                    late.getSubjectId(), late.getModality(), late.getEventId(), late.getLatenessMs() / 1000.0);
        } else if (value instanceof ModerationDecision decision) {
            printLine(
                    "  %-14s %s %s (%s, rule %s): %s",
                    decision.getSubjectId(),
                    decision.getMode().equals(Moderation.Mode.SHADOW.name()) ? "would" : "moderation:",
                    decision.getAction(),
                    decision.getSeverity().toLowerCase(Locale.ROOT),
                    decision.getRule(),
                    decision.getValues());
        } else if (value instanceof DeadLetter letter) {
            String message = letter.getMessage();
            printLine(
                    "  dead letter    %s %s-%d@%d (%s's fault): %s",
                    letter.getCode(),
                    letter.getTopic(),
                    letter.getPartition(),
                    letter.getOffset(),
                    letter.getFault().toLowerCase(Locale.ROOT),
                    message.length() > 100 ? message.substring(0, 100) + " ..." : message);
        }
    }

    private static String provisional(String status) {
        return ResultStatus.PROVISIONAL.matches(status) ? "  (provisional)" : "";
    }

    private void firstResult() {
        if (firstResultMs < 0) {
            firstResultMs = System.currentTimeMillis() - started;
            printLine("first result %.1f s after the start", firstResultMs / 1000.0);
        }
    }

    private static String numbers(Map<String, Double> contributions) {
        return contributions.entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %+.2f", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(" "));
    }

    private void status(ResultWatcher watcher, double elapsed) {
        long results = watcher.finalResults(SentimentResult.getClassSchema())
                + watcher.finalResults(MatchResult.getClassSchema());
        printLine(
                "-- in: image %d text %d audio %d | windows: %d complete %d incomplete | results %d (%.1f/s) | late "
                        + "%d dead letters %d | latency p50 %d ms p99 %d ms | lag %d",
                LiveMetrics.sum("modality.image.events_decoded_total"),
                LiveMetrics.sum("modality.text.events_decoded_total"),
                LiveMetrics.sum("modality.audio.events_decoded_total"),
                watcher.completeWindows(),
                watcher.incompleteWindows(),
                results,
                results / elapsed,
                watcher.late(),
                watcher.deadLetters(),
                watcher.latency(0.5),
                watcher.latency(0.99),
                (long) LiveMetrics.sumOfGauges("pendingRecords"));
    }

    private static String shares() {
        double encode = LiveMetrics.sumOfGauges("encode_seconds_total") * 1e3;
        double align = LiveMetrics.sumOfGauges("align_seconds_total") * 1e3;
        double fuse = LiveMetrics.sumOfGauges("fuse_seconds_total") * 1e3;
        double all = Math.max(1e-9, encode + align + fuse);
        return String.format(
                Locale.ROOT,
                "time spent: encode %.0f ms (%.1f %%), align %.0f ms (%.1f %%), fuse %.0f ms (%.1f %%)",
                encode,
                100 * encode / all,
                align,
                100 * align / all,
                fuse,
                100 * fuse / all);
    }

    private Map<String, Object> report(
            ResultWatcher watcher, Map<String, Object> events, Map<String, String> urls, EmbeddedStack stack) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("first_result_ms", firstResultMs);
        report.put("events_in", events);
        report.put("windows", Map.of("complete", watcher.completeWindows(), "incomplete", watcher.incompleteWindows()));
        report.put(
                "results",
                Map.of(
                        "sentiment",
                        watcher.finalResults(SentimentResult.getClassSchema()),
                        "match",
                        watcher.finalResults(MatchResult.getClassSchema())));
        report.put("late", watcher.late());
        report.put("dead_letters", watcher.deadLetters());
        report.put("latency_ms", Map.of("p50", watcher.latency(0.5), "p99", watcher.latency(0.99)));
        report.put("urls", urls);
        report.put("bootstrap_servers", stack.bootstrapServers());
        report.put("registry_url", stack.registryUrl());
        return report;
    }

    /** The pipeline file, before the addresses are filled in. */
    static String template() {
        try (InputStream in = DemoCommand.class.getResourceAsStream("/demo.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pipelineFile(EmbeddedStack stack, Path folder, int dashboardPort) throws IOException {
        return template()
                .replace("${bootstrap_servers}", stack.bootstrapServers())
                .replace("${registry_url}", stack.registryUrl())
                .replace("${state_dir}", folder.resolve("state").toString())
                .replace("${dashboard_port}", Integer.toString(dashboardPort))
                .replace("${job_port}", Integer.toString(ChildProcess.freePort()));
    }

    private void printLine(String format, Object... arguments) {
        System.out.printf(
                Locale.ROOT,
                "%6.1f  " + format + "%n",
                prepend((System.currentTimeMillis() - started) / 1000.0, arguments));
    }

    private static Object[] prepend(Object first, Object[] rest) {
        Object[] all = new Object[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }
}
