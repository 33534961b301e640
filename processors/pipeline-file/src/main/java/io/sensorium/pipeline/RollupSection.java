// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How results are rolled up; the file's {@code rollup}.
 *
 * @param groupBy attribute of the results by which subjects form groups; empty for none
 * @param windows at least one, by different names
 * @param grace how far behind the newest result's window a result's may end and still be counted
 * @param emit which values of a window are written
 * @param output topic of the roll-ups, compacted
 * @param standbyReplicas copies of each state that other instances keep
 * @param stateDir folder of the state; as in the file, or absolute once {@link #relativeTo} has resolved it
 * @param http HOST:PORT of dashboard and queries; port 0 is any free one
 * @param advertised HOST:PORT at which other instances reach this one; empty for where it is bound
 * @param job base of the fusion job's own endpoint, from whose metrics the dashboard shows which partition holds the
 *     watermark back; empty where unknown
 * @param mediaMaxBytes largest image or audio that the dashboard shows, in bytes
 */
public record RollupSection(
        String groupBy,
        List<RollupWindow> windows,
        Duration grace,
        Emit emit,
        String output,
        int standbyReplicas,
        String stateDir,
        String http,
        String advertised,
        String job,
        long mediaMaxBytes)
        implements Serializable {

    /** Which values of a window are written. */
    public enum Emit {
        /** One, when the window and its grace are over. */
        FINAL,
        /** Every change. */
        UPDATES
    }

    /**
     * A window over the results' own: a result belongs to those that hold the last instant of its window.
     *
     * @param name part of every roll-up's key
     * @param size in which results are counted together
     * @param advance from one window's start to the next; the size for a tumbling one
     */
    public record RollupWindow(String name, Duration size, Duration advance) implements Serializable {}

    private static final List<RollupWindow> DEFAULT_WINDOWS = List.of(
            new RollupWindow("minute", Duration.ofMinutes(1), Duration.ofMinutes(1)),
            new RollupWindow("five-minutes", Duration.ofMinutes(5), Duration.ofMinutes(1)));

    /** A result is counted once in each window that holds it, so many of them would be many copies. */
    private static final int MAX_COPIES = 120;

    public RollupSection {
        windows = new ArrayList<>(windows);
    }

    /**
     * Reads the file's {@code rollup}.
     *
     * @param pipeline its name
     * @param attributes that travel to the results
     */
    public static RollupSection read(ConfigNode root, String pipeline, List<String> attributes) {
        ConfigNode node = root.child("rollup");
        String groupBy = node.text("group_by", "");
        if (!groupBy.isEmpty() && !attributes.contains(groupBy)) {
            node.problem(
                    "group_by",
                    "is \"" + groupBy + "\", which results do not carry; add it to emit.attributes"
                            + Suggestions.suggestion(groupBy, attributes));
        }
        List<RollupWindow> windows = new ArrayList<>();
        node.child("windows").children().forEach((name, window) -> windows.add(window(node, name, window)));
        RollupSection section = new RollupSection(
                groupBy,
                windows.isEmpty() ? DEFAULT_WINDOWS : windows,
                node.duration("grace", Duration.ofSeconds(30)),
                node.choice("emit", Emit.class, Emit.FINAL),
                node.topic("output", "results.rollup"),
                node.number("standby_replicas", 0, 0, 16),
                node.text("state_dir", "./state/" + pipeline + "-rollup"),
                address(node, "http", "127.0.0.1:0"),
                address(node, "advertised", ""),
                node.text("job", ""),
                node.size("media_max_bytes", 2L << 20));
        if (!section.job().isEmpty() && !section.job().matches("https?://[^/]+/?")) {
            node.problem(
                    "job",
                    "is \"" + section.job()
                            + "\", expected the base of the job's endpoint, such as http://127.0.0.1:8083");
        }
        node.refuseUnknown();
        return section;
    }

    /**
     * The same with the state's folder relative to the pipeline file, so that a start from another working directory
     * finds the same state.
     *
     * @throws java.nio.file.InvalidPathException when the folder is not a path
     */
    RollupSection relativeTo(Path file) {
        return new RollupSection(
                groupBy,
                windows,
                grace,
                emit,
                output,
                standbyReplicas,
                file.toAbsolutePath().resolveSibling(stateDir).normalize().toString(),
                http,
                advertised,
                job,
                mediaMaxBytes);
    }

    private static RollupWindow window(ConfigNode node, String name, ConfigNode window) {
        if (!name.matches("[A-Za-z0-9_-]{1,32}")) {
            node.problem(
                    "windows." + name,
                    "is not a valid window name, expected 1 to 32 letters, digits, dashes or underscores");
        }
        Duration size = window.positiveDuration("size", Duration.ofMinutes(1));
        Duration advance = window.positiveDuration("advance", size);
        if (advance.compareTo(size) > 0) {
            window.problem(
                    "advance",
                    "is " + advance.toMillis() + "ms, longer than the size of " + size.toMillis()
                            + "ms; results between two windows would be in none");
        } else if (size.toMillis() / advance.toMillis() > MAX_COPIES) {
            window.problem(
                    "advance",
                    "is " + advance.toMillis() + "ms, so that " + size.toMillis() / advance.toMillis()
                            + " windows would count each result, more than " + MAX_COPIES + "; raise it");
        }
        window.refuseUnknown();
        return new RollupWindow(name, size, advance);
    }

    private static String address(ConfigNode node, String key, String fallback) {
        String address = node.text(key, fallback);
        if (!address.equals(fallback)
                && (!address.matches(".+:[0-9]{1,5}")
                        || Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)) > 65_535)) {
            node.problem(key, "is \"" + address + "\", expected HOST:PORT, such as 127.0.0.1:8084");
        }
        return address;
    }
}
