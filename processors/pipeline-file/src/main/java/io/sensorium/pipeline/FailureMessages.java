// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A failure as a user reads it: the messages of its causes, without the names of classes, which are in the log with the
 * stack trace.
 */
public final class FailureMessages {

    private static final Pattern CLASS = Pattern.compile("^(?:[A-Za-z_$][\\w$]*\\.)+[A-Z][\\w$]*: ");

    private FailureMessages() {}

    /**
     * The messages from the outermost failure to the innermost, each on one line and once; the innermost class's name
     * where none has a message.
     */
    public static List<String> of(Throwable failure) {
        List<String> messages = new ArrayList<>();
        Throwable last = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            last = cause;
            // One without a message of its own has its cause's, class name and all.
            boolean own = cause.getMessage() != null
                    && (cause.getCause() == null
                            || !cause.getMessage().equals(cause.getCause().toString()));
            String message = own ? line(cause.getMessage()) : "";
            if (!message.isEmpty() && messages.stream().noneMatch(earlier -> earlier.contains(message))) {
                messages.add(message);
            }
        }
        return messages.isEmpty() ? List.of(last.getClass().getSimpleName()) : messages;
    }

    /**
     * Prints why a command failed, on standard error.
     *
     * @return its exit code: 2 where the configuration is at fault, else 1
     */
    public static int report(Throwable failure) {
        if (failure instanceof ConfigurationException) {
            System.err.println(failure.getMessage());
            return 2;
        }
        System.err.println("sensorium: " + String.join("\n  caused by: ", of(failure)));
        return 1;
    }

    private static String line(String message) {
        String line = message.strip().replaceAll("\\s+", " ");
        for (var name = CLASS.matcher(line); name.find(); name = CLASS.matcher(line)) {
            line = line.substring(name.end());
        }
        return line;
    }
}
