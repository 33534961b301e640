// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.pipeline.OwnerOnly;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The right to run with a state folder, held by one process at a time. It ends with the process, however that ends.
 * Beside the lock lies a note of who holds it or held it last.
 */
public final class StateLock implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LOCK = "lock";

    private final Path owner;
    private final FileChannel channel;
    private final Set<String> previousJobs;

    private StateLock(Path owner, FileChannel channel, Set<String> previousJobs) {
        this.owner = owner;
        this.channel = channel;
        this.previousJobs = previousJobs;
    }

    /** Whether a folder has a lock, held or not: a pipeline has run with it. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve(LOCK));
    }

    /**
     * Takes the lock of a folder.
     *
     * @return the lock; empty where another process, or another pipeline of this one, holds it
     * @throws IOException when the folder cannot be written, or its file system has no locks
     */
    public static Optional<StateLock> take(Path folder) throws IOException {
        OwnerOnly.createDirectories(folder);
        Path owner = folder.resolve("owner.json");
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                return Optional.empty();
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        Object job = read(owner).get("job");
        StateLock taken = new StateLock(owner, channel, job == null ? Set.of() : Set.of(job.toString()));
        taken.runs(job == null ? null : job.toString());
        return Optional.of(taken);
    }

    /**
     * Creates, writes, locks and deletes a file in a folder of its own below an existing one: permissions alone do not
     * show whether that is possible, of {@code /proc} for example.
     *
     * @throws IOException where a lock could not be taken there
     */
    static void tryOut(Path folder) throws IOException {
        Path own = Files.createTempDirectory(folder, ".state-check-");
        try {
            Path file = own.resolve(LOCK);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock();
            } finally {
                Files.deleteIfExists(file);
            }
        } finally {
            Files.delete(own);
        }
    }

    /** What is wrong with a state folder of which no lock can be taken. */
    public static String unusable(Path folder, IOException cause) {
        return "runtime.state_dir: " + folder + " cannot be created or locked (" + cause
                + "); let this user write there, or name another folder";
    }

    /** Whether another process holds the lock of a folder: a pipeline runs with it. Creates nothing. */
    public static boolean isHeld(Path folder) {
        if (!exists(folder)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Who holds the lock of a folder, for a message. */
    public static String holder(Path folder) {
        Map<?, ?> note = read(folder.resolve("owner.json"));
        return note.isEmpty()
                ? "another process"
                : "process " + note.get("process") + " on " + note.get("host") + ", since " + note.get("since");
    }

    private static Map<?, ?> read(Path owner) {
        try {
            return Files.exists(owner) ? JSON.readValue(owner.toFile(), Map.class) : Map.of();
        } catch (IOException e) {
            // Cut off while it was written: nothing is known.
            return Map.of();
        }
    }

    /** Flink's id of the job that ran with this folder before, and does not any more. */
    public Set<String> previousJobs() {
        return previousJobs;
    }

    /**
     * Notes a job that ends with this process.
     *
     * @param job Flink's id; null where it runs elsewhere and may go on
     * @throws IOException when the note cannot be written
     */
    public void runs(String job) throws IOException {
        Map<String, Object> note = new LinkedHashMap<>();
        note.put("process", ProcessHandle.current().pid());
        note.put("host", InetAddress.getLocalHost().getHostName());
        note.put(
                "since",
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime())
                        .toString());
        note.put("job", job);
        JSON.writerWithDefaultPrettyPrinter().writeValue(owner.toFile(), note);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
