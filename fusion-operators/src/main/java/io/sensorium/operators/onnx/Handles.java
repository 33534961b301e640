// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a constructor has opened so far, so that nothing stays open when a later part fails: register each resource, and
 * call {@link #keep} last. For one thread.
 */
public final class Handles implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Registers a resource and returns it. */
    public <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Everything has been opened: from here on the owner closes it. */
    public void keep() {
        open.clear();
    }

    /** Closes what was registered and not kept, the last first. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("a resource could not be closed", e);
            }
        }
    }
}
