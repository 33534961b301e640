// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.Rollout;
import io.sensorium.job.config.RolloutFile;
import io.sensorium.job.records.Stage;
import io.sensorium.job.rollout.RolloutController.Member;
import io.sensorium.job.rollout.RolloutEvent.Prepared;
import io.sensorium.job.rollout.RolloutEvent.Status;
import io.sensorium.pipeline.ConfigurationException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One operator's link to the job's {@link RolloutController}. The fusion's also watches the folder. What it announces
 * reaches every subtask before the checkpoint's barrier does, because Flink starts a checkpoint at the sources only
 * after all coordinators have answered.
 */
public final class ModelCoordinator implements OperatorCoordinator {

    /** The name of the operator that fuses. */
    public static final String FUSION = Stage.FUSE.label();

    private static final Logger LOG = LoggerFactory.getLogger(ModelCoordinator.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STATUS = "rollout-status.json";

    /** What a job's coordinators share. */
    private static final class Shared {
        final Map<Member, SubtaskGateway> gateways = new ConcurrentHashMap<>();
        RolloutController board;
        volatile RolloutStatus status;
        volatile ScheduledExecutorService watcher;
    }

    private final String operator;
    private final Context context;
    private final PipelineConfig config;
    private final ModelBundle file;
    private final Path folder;
    private Shared shared;
    private String seen;

    private ModelCoordinator(String operator, Context context, PipelineConfig config, ModelBundle file) {
        this.operator = operator;
        this.context = context;
        this.config = config;
        this.file = file;
        this.folder = config.rollout().on()
                ? Path.of(config.rollout().folder()).toAbsolutePath().normalize()
                : null;
    }

    @Override
    public void start() {
        shared = (Shared) context.getCoordinatorStore()
                .compute(ModelCoordinator.class, (key, there) -> there == null ? shared() : there);
        synchronized (shared) {
            shared.board.expect(operator, context.currentParallelism());
        }
        if (!operator.equals(FUSION)) {
            return;
        }
        context.metricGroup()
                .gauge(
                        "rollout_rejected",
                        () -> shared.status != null && shared.status.state() == RolloutStatus.State.REFUSED ? 1 : 0);
        context.metricGroup()
                .gauge("rollout_candidates", () -> shared.status != null && shared.status.candidate() != null ? 1 : 0);
        if (folder != null) {
            shared.watcher = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "watch " + folder);
                thread.setDaemon(true);
                return thread;
            });
            shared.watcher.scheduleWithFixedDelay(
                    this::poll, 0, config.rollout().poll().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private Shared shared() {
        Shared fresh = new Shared();
        fresh.board = new RolloutController(
                file,
                FUSION,
                config.align().strategy().reach() + config.align().firing().allowedLateness(),
                new RolloutController.Effects() {
                    @Override
                    public void send(Member member, RolloutEvent event) {
                        SubtaskGateway gateway = fresh.gateways.get(member);
                        if (gateway != null) {
                            gateway.sendEvent(event).exceptionally(failure -> {
                                LOG.debug(
                                        "{} did not get {}: it gets the current models when it restarts",
                                        member,
                                        event,
                                        failure);
                                return null;
                            });
                        }
                    }

                    @Override
                    public void report(RolloutStatus status) {
                        fresh.status = status;
                        LOG.info(
                                "rollout {}: running {}{}{}",
                                status.state(),
                                status.running().operators(),
                                status.candidate() == null
                                        ? ""
                                        : ", candidate " + status.candidate().operators() + " "
                                                + status.candidate().encoders(),
                                status.problems().isEmpty() ? "" : ": " + String.join("; ", status.problems()));
                        ScheduledExecutorService watcher = fresh.watcher;
                        if (watcher != null) {
                            try {
                                watcher.execute(() -> write(status));
                            } catch (RejectedExecutionException e) {
                                LOG.debug("the job has ended, its rollout's status is not written");
                            }
                        }
                    }
                });
        return fresh;
    }

    /** On the watcher's thread. */
    private void poll() {
        String text;
        String state;
        try {
            text = Files.readString(folder.resolve(RolloutFile.NAME), StandardCharsets.UTF_8);
            // Written again with the same words, it is to be tried again: what it names may have changed.
            state = text + Files.getLastModifiedTime(folder.resolve(RolloutFile.NAME));
        } catch (NoSuchFileException e) {
            text = "";
            state = "";
        } catch (IOException e) {
            LOG.warn("{} cannot be read, what runs goes on: {}", folder.resolve(RolloutFile.NAME), e.toString());
            return;
        }
        if (state.equals(seen)) {
            return;
        }
        boolean first = seen == null;
        seen = state;
        if (text.isEmpty()) {
            synchronized (shared) {
                shared.board.wantFile();
            }
            if (first) {
                write(shared.status);
            }
            return;
        }
        try {
            Rollout rollout = RolloutFile.parse(folder, text, config);
            List<String> warnings = new ArrayList<>();
            ModelBundle bundle = RolloutCheck.resolve(
                    config, file, rollout, folder.resolve(RolloutFile.NAME).toString(), warnings);
            warnings.forEach(LOG::warn);
            synchronized (shared) {
                shared.board.want(bundle, rollout.mode(), rollout.share());
            }
        } catch (ConfigurationException e) {
            refuse(e.problems());
        } catch (RuntimeException e) {
            LOG.warn("a rollout could not be read: {}", e.getMessage(), e);
            refuse(List.of(e.toString()));
        }
    }

    private void refuse(List<String> problems) {
        synchronized (shared) {
            shared.board.refuse(problems);
        }
    }

    private void write(RolloutStatus status) {
        if (status == null) {
            return;
        }
        Path file = folder.resolve(STATUS);
        try {
            Path fresh = folder.resolve(STATUS + ".new");
            JSON.writerWithDefaultPrettyPrinter().writeValue(fresh.toFile(), status);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    @Override
    public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {
        Member member = new Member(operator, subtask);
        synchronized (shared) {
            if (event instanceof Status status) {
                shared.board.on(member, status);
            } else if (event instanceof Prepared prepared) {
                shared.board.on(member, prepared);
            } else {
                throw new IllegalArgumentException("no subtask sends " + event);
            }
        }
    }

    @Override
    public void checkpointCoordinator(long checkpoint, CompletableFuture<byte[]> result) {
        synchronized (shared) {
            RolloutPlan next = shared.board.checkpoint(checkpoint);
            if (next != null) {
                LOG.info("with checkpoint {} the models are {}", checkpoint, next);
            }
        }
        result.complete(new byte[0]);
    }

    @Override
    public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {
        Member member = new Member(operator, subtask);
        shared.gateways.put(member, gateway);
        synchronized (shared) {
            shared.board.left(member);
        }
    }

    @Override
    public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
        Member member = new Member(operator, subtask);
        shared.gateways.remove(member);
        synchronized (shared) {
            shared.board.left(member);
        }
    }

    @Override
    public void subtaskReset(int subtask, long checkpoint) {}

    @Override
    public void resetToCheckpoint(long checkpoint, byte[] state) {}

    @Override
    public void notifyCheckpointComplete(long checkpoint) {}

    @Override
    public void close() {
        if (shared != null && operator.equals(FUSION) && shared.watcher != null) {
            shared.watcher.shutdownNow();
        }
    }

    /** Makes an operator's coordinator where the job is controlled. */
    public static final class Provider implements OperatorCoordinator.Provider {
        private static final long serialVersionUID = 1L;

        private final String operator;
        private final OperatorID id;
        private final PipelineConfig config;
        private final ModelBundle file;

        /**
         * @param operator {@link #FUSION}, or another name that is the operator's alone
         * @param file the pipeline file's own models
         */
        public Provider(String operator, OperatorID id, PipelineConfig config, ModelBundle file) {
            this.operator = operator;
            this.id = id;
            this.config = config;
            this.file = file;
        }

        @Override
        public OperatorID getOperatorId() {
            return id;
        }

        @Override
        public OperatorCoordinator create(Context context) {
            return new ModelCoordinator(operator, context, config, file);
        }
    }
}
