// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.List;

/** The pipeline file, or what it points to, is wrong; every problem found is listed. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    public ConfigurationException(String where, List<String> problems) {
        super(where + ": " + problems.size() + (problems.size() == 1 ? " problem" : " problems") + "\n  - "
                + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each with its key, what was found, what was expected. */
    public List<String> problems() {
        return problems;
    }
}
