// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.SubjectElement;
import io.sensorium.job.alignment.SubjectState;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;

/**
 * The live subjects of one operator: the ones in use in memory, written to the keyed state when a checkpoint asks for
 * it or memory is short. A window that opens and closes between two checkpoints never touches the keyed state. For one
 * thread.
 */
final class SubjectStore {

    private final ListState<SubjectElement> state;
    private final KeyedStateBackend<String> backend;
    private final long maxResidentBytes;
    private final boolean keepsArrivals;
    private final LinkedHashMap<String, SubjectEntry> resident = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, SubjectEntry> evicted = new HashMap<>();

    private long residentBytes;

    /**
     * @param maxResidentBytes of events beyond which those unused longest leave the memory
     * @param keepsArrivals whether deadlines run on the wall clock, which must go on while a subject is not in memory
     */
    SubjectStore(KeyedStateBackend<String> backend, long maxResidentBytes, boolean keepsArrivals) throws Exception {
        this.backend = backend;
        this.maxResidentBytes = maxResidentBytes;
        this.keepsArrivals = keepsArrivals;
        this.state =
                backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor());
    }

    private static ListStateDescriptor<SubjectElement> descriptor() {
        return new ListStateDescriptor<>("subject-events", SubjectElementSerializer.INSTANCE);
    }

    /**
     * Loads what was restored, subject by subject.
     *
     * @param watermarks the watermark up to which a subject's windows were closed when the state was saved
     * @param description brings what was saved into this pipeline's order
     * @param each called with each once it is loaded
     */
    void restore(ToLongFunction<String> watermarks, DescriptionState description, Consumer<SubjectEntry> each)
            throws Exception {
        backend.applyToAllKeys(
                VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor(), (subject, elements) -> {
                    SubjectEntry live = new SubjectEntry(subject);
                    live.saved = true;
                    live.closedUpTo = watermarks.applyAsLong(subject);
                    load(live, elements.get());
                    description.apply(live.events);
                    resident.put(subject, live);
                    residentBytes += live.events.bytes();
                    each.accept(live);
                    evict();
                });
    }

    /** A subject with its events in memory; a new one where there is none. */
    SubjectEntry get(String subject) throws Exception {
        SubjectEntry live = resident.get(subject);
        if (live != null) {
            return live;
        }
        live = evicted.remove(subject);
        if (live != null) {
            backend.setCurrentKey(subject);
            load(live, state.get());
            residentBytes += live.events.bytes();
        } else {
            live = new SubjectEntry(subject);
            live.events = new SubjectState(subject);
        }
        resident.put(subject, live);
        return live;
    }

    private void load(SubjectEntry live, Iterable<SubjectElement> elements) {
        live.events = new SubjectState(live.name);
        SubjectElement.load(live.events, elements, System.currentTimeMillis(), live.closedUpTo);
        if (live.arrivals != null) {
            live.events.restoreArrivals(live.arrivals);
            live.arrivals = null;
        }
    }

    /**
     * Takes note of what happened to a subject since {@link #get}; drops it where nothing is left of it.
     *
     * @param bytesBefore what its events took then
     */
    void store(SubjectEntry live, long bytesBefore) throws Exception {
        residentBytes += live.events.bytes() - bytesBefore;
        if (live.events.isEmpty()) {
            resident.remove(live.name);
            if (live.saved) {
                backend.setCurrentKey(live.name);
                state.clear();
            }
            live.events = null;
        } else {
            evict();
        }
    }

    private void evict() throws Exception {
        while (residentBytes > maxResidentBytes && resident.size() > 1) {
            Iterator<SubjectEntry> eldest = resident.values().iterator();
            SubjectEntry live = eldest.next();
            eldest.remove();
            residentBytes -= live.events.bytes();
            flush(live);
            live.closedUpTo = live.events.closedUpTo();
            live.arrivals = keepsArrivals ? live.events.arrivals() : null;
            live.events = null;
            evicted.put(live.name, live);
        }
    }

    /** Writes everything that changed to the keyed state. */
    void flush() throws Exception {
        for (SubjectEntry live : resident.values()) {
            flush(live);
        }
    }

    private void flush(SubjectEntry live) throws Exception {
        if (!live.events.isChanged()) {
            return;
        }
        backend.setCurrentKey(live.name);
        if (!live.saved || live.events.isRewritten()) {
            state.update(SubjectElement.all(live.events));
        } else {
            state.addAll(SubjectElement.added(live.events));
        }
        live.saved = true;
        live.events.markSaved();
    }

    /** How many subjects are live. */
    int size() {
        return resident.size() + evicted.size();
    }
}
