// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.alignment.AlignedWindow.Status;
import io.sensorium.job.alignment.EncodedEvent;
import io.sensorium.job.operator.FusedWindow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an operator computed from PROVISIONAL windows, kept for their FINAL ones: where no event came in between, the
 * head need not run again. Bounded by the size of the events, the eldest go first; what is gone is computed again, so
 * it is no state. For one thread.
 */
final class ProvisionalResults {

    private final long maxBytes;
    private final Map<Key, Kept> kept = new LinkedHashMap<>();
    private long bytes;

    private record Key(String subject, long start, String anchorId) {

        static Key of(AlignedWindow window) {
            return new Key(window.subject(), window.start(), window.anchorId());
        }
    }

    private record Kept(List<EncodedEvent> events, FusedWindow fused, long bytes) {}

    /** @param maxBytes of the windows' events together, as they are counted in state */
    ProvisionalResults(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Keeps what a PROVISIONAL window gave; of other windows nothing. */
    void keep(AlignedWindow window, FusedWindow fused) {
        if (window.status() != Status.PROVISIONAL) {
            return;
        }
        long size = 0;
        for (EncodedEvent event : window.events()) {
            size += event.stateBytes();
        }
        release(kept.put(Key.of(window), new Kept(window.events(), fused, size)));
        bytes += size;
        var eldest = kept.values().iterator();
        while (bytes > maxBytes) {
            release(eldest.next());
            eldest.remove();
        }
    }

    /**
     * What a FINAL window's own PROVISIONAL one gave, where it had the same events; else null. It is kept no longer.
     */
    FusedWindow take(AlignedWindow window) {
        if (kept.isEmpty() || window.status() != Status.FINAL) {
            return null;
        }
        Kept before = kept.remove(Key.of(window));
        release(before);
        return before != null && EncodedEvent.areSameRecords(before.events(), window.events()) ? before.fused() : null;
    }

    private void release(Kept gone) {
        bytes -= gone == null ? 0 : gone.bytes();
    }
}
