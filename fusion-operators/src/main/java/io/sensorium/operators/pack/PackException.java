// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import java.util.List;

/** A model pack, or a reference into one, is wrong; every problem found is listed. */
public final class PackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;
    private final boolean transientCause;

    public PackException(List<String> problems) {
        this(problems, false);
    }

    private PackException(List<String> problems, boolean transientCause) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
        this.transientCause = transientCause;
    }

    /** A problem that another try may not meet: a file that cannot be read now, a device that is busy. */
    public static PackException ofTransient(String problem) {
        return new PackException(List.of(problem), true);
    }

    public PackException(String problem) {
        this(List.of(problem));
    }

    /** Whether another try may succeed without a change of the pack. */
    public boolean isTransient() {
        return transientCause;
    }

    /** Each problem with where it is and how to fix it. */
    public List<String> problems() {
        return problems;
    }
}
