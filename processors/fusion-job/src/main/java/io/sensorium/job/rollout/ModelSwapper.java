// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.config.ModelBundle;
import io.sensorium.job.rollout.RolloutEvent.Activate;
import io.sensorium.job.rollout.RolloutEvent.Discard;
import io.sensorium.job.rollout.RolloutEvent.Prepare;
import io.sensorium.job.rollout.RolloutEvent.Prepared;
import io.sensorium.job.rollout.RolloutEvent.Status;
import io.sensorium.operators.pack.PackException;
import io.sensorium.pipeline.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subtask's models: those that run and those that are loaded beside them. Loading has a thread of its own; everything
 * else is the task's.
 *
 * @param <L> what a bundle is to this operator
 */
public final class ModelSwapper<L extends AutoCloseable> implements OperatorEventHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ModelSwapper.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What every subtask saves.
     *
     * @param mark the operator's own
     */
    record Saved(RolloutPlan plan, long mark) {}

    /**
     * Loads, checks and warms a bundle.
     *
     * @param <L> what it is to the operator
     */
    public interface Loader<L> {
        /** @throws Exception when it fails any check */
        L load(ModelBundle bundle) throws Exception;
    }

    private final String name;
    private final ModelBundle file;
    private final Loader<L> loader;
    private final LongSupplier position;
    private final OperatorEventGateway gateway;
    private final MailboxExecutor mailbox;
    private final Map<String, L> loaded = new HashMap<>();
    private ListState<String> state;
    private RolloutPlan plan;
    private Activate pending;

    /** What is being loaded; null for nothing. */
    private Prepare loading;

    private boolean closed;

    /**
     * @param name of the operator, for messages
     * @param file the pipeline file's own models
     * @param position sent to the coordinator with every checkpoint, in {@link Status}
     */
    public ModelSwapper(
            String name,
            ModelBundle file,
            Loader<L> loader,
            LongSupplier position,
            OperatorEventGateway gateway,
            MailboxExecutor mailbox) {
        this.name = name;
        this.file = file;
        this.loader = loader;
        this.position = position;
        this.gateway = gateway;
        this.mailbox = mailbox;
        this.plan = RolloutPlan.of(file);
    }

    /**
     * Takes the saved plan, or the pipeline file's.
     *
     * @return the largest mark that was saved, {@code Long.MIN_VALUE} for none
     */
    public long restore(StateInitializationContext context) throws Exception {
        state = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("models", Types.STRING));
        long largest = Long.MIN_VALUE;
        for (String saved : state.get()) {
            Saved there = JSON.readValue(saved, Saved.class);
            plan = there.plan();
            largest = Math.max(largest, there.mark());
        }
        // The file may name other heads than when the state was saved; its own word counts.
        if (plan.base().fromFile()) {
            plan = new RolloutPlan(file, plan.candidate(), plan.mode(), plan.share());
        }
        if (plan.candidate() != null && plan.candidate().fromFile()) {
            plan = new RolloutPlan(plan.base(), file, plan.mode(), plan.share());
        }
        return largest;
    }

    /**
     * Loads what the plan names.
     *
     * @throws SuppressRestartsException when a model cannot run, however often it is tried: the job then fails instead
     *     of restarting forever
     * @throws Exception when a model that ran before is unavailable
     */
    public void open() throws Exception {
        for (ModelBundle bundle : used()) {
            try {
                loaded.put(bundle.id(), loader.load(bundle));
            } catch (PackException e) {
                throw e.isTransient() ? e : new SuppressRestartsException(e);
            }
        }
        reportStatus();
    }

    private List<ModelBundle> used() {
        return plan.candidate() == null ? List.of(plan.base()) : List.of(plan.base(), plan.candidate());
    }

    public RolloutPlan plan() {
        return plan;
    }

    /** What every window and event can be given to. */
    public L base() {
        return loaded.get(plan.base().id());
    }

    /** What is tried out, or taking over; null where there is none. */
    public L candidate() {
        return plan.candidate() == null ? null : loaded.get(plan.candidate().id());
    }

    @Override
    public void handleOperatorEvent(OperatorEvent event) {
        if (event instanceof Prepare prepare) {
            prepare(prepare);
        } else if (event instanceof Discard discard) {
            discard(discard.bundle());
        } else if (event instanceof Activate activate) {
            pending = activate;
        } else {
            throw new IllegalArgumentException("no coordinator sends " + event);
        }
    }

    private void prepare(Prepare prepare) {
        ModelBundle bundle = prepare.bundle();
        if (loaded.containsKey(bundle.id())) {
            gateway.sendEventToCoordinator(new Prepared(bundle.id(), prepare.attempt(), List.of()));
            return;
        }
        if (prepare.equals(loading)) {
            return;
        }
        loading = prepare;
        Thread thread = new Thread(
                () -> {
                    L result = null;
                    List<String> problems = new ArrayList<>();
                    try {
                        result = loader.load(bundle);
                    } catch (PackException e) {
                        problems.addAll(e.problems());
                    } catch (ConfigurationException e) {
                        problems.addAll(e.problems());
                    } catch (Exception | LinkageError e) {
                        LOG.warn("{} could not load {}: {}", name, bundle, e.getMessage(), e);
                        problems.add(name + ": " + e);
                    }
                    L ready = result;
                    try {
                        mailbox.execute(() -> prepared(prepare, ready, problems), "models prepared");
                    } catch (RejectedExecutionException e) {
                        close(ready);
                    }
                },
                "load models for " + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void prepared(Prepare prepare, L ready, List<String> problems) {
        if (closed || !prepare.equals(loading)) {
            close(ready);
            return;
        }
        loading = null;
        if (ready != null) {
            loaded.put(prepare.bundle().id(), ready);
        }
        gateway.sendEventToCoordinator(new Prepared(prepare.bundle().id(), prepare.attempt(), problems));
    }

    private void discard(String bundle) {
        if (loading != null && bundle.equals(loading.bundle().id())) {
            loading = null;
        }
        boolean needed = used().stream().anyMatch(used -> used.id().equals(bundle))
                || pending != null
                        && (pending.plan().base().id().equals(bundle)
                                || pending.plan().candidate() != null
                                        && pending.plan().candidate().id().equals(bundle));
        if (!needed) {
            close(loaded.remove(bundle));
        }
    }

    /**
     * Before a checkpoint's barrier goes on, after everything that came before it has been sent: the plan that was
     * announced for it holds from here.
     *
     * @return whether the plan changed
     */
    public boolean barrier(long checkpoint) {
        boolean change = pending != null && checkpoint >= pending.checkpoint();
        if (change) {
            List<ModelBundle> before = used();
            plan = pending.plan();
            pending = null;
            LOG.info("{}: with checkpoint {} the models are {}", name, checkpoint, plan);
            before.stream()
                    .filter(bundle -> !used().contains(bundle))
                    .forEach(bundle -> close(loaded.remove(bundle.id())));
        }
        reportStatus();
        return change;
    }

    private void reportStatus() {
        gateway.sendEventToCoordinator(new Status(plan, position.getAsLong()));
    }

    /**
     * Saves the plan.
     *
     * @param mark any number of the operator's, of which a restored subtask gets all subtasks' largest.
     * @throws Exception as Flink does
     */
    public void snapshot(long mark) throws Exception {
        try {
            state.update(List.of(JSON.writeValueAsString(new Saved(plan, mark))));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plan is always JSON", e);
        }
    }

    /** Lets go of all models. */
    public void close() {
        closed = true;
        loaded.values().forEach(this::close);
        loaded.clear();
    }

    private void close(L models) {
        if (models == null) {
            return;
        }
        try {
            models.close();
        } catch (Exception e) {
            LOG.warn("{} could not close its models: {}", name, e.getMessage(), e);
        }
    }
}
