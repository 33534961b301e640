package io.sensorium.operators.pack;

import java.util.List;

/** A model pack, or a reference into one, is wrong; every problem found is listed. */
public final class PackException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    public PackException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    public PackException(String problem) {
        this(List.of(problem));
    }

    /** Each problem with where it is and how to mend it. */
    public List<String> problems() {
        return problems;
    }
}
