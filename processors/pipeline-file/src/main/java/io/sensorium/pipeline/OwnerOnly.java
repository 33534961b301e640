// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Folders that only the user of this process may enter: state holds embeddings and ids of what people sent. */
public final class OwnerOnly {

    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rwx------");

    private OwnerOnly() {}

    /**
     * Creates a folder and those above it that are missing. One that exists keeps its permissions.
     *
     * @throws IOException when it cannot be created
     */
    public static void createDirectories(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        if (isPosix(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER));
        } else {
            Files.createDirectories(folder);
        }
    }

    private static boolean isPosix(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /**
     * Who may enter a folder; empty where the platform has no such permissions.
     *
     * @throws IOException when they cannot be read
     */
    public static Set<PosixFilePermission> permissions(Path folder) throws IOException {
        return isPosix(folder) ? Files.getPosixFilePermissions(folder) : Set.of();
    }

    /**
     * Gives a folder the permissions that it had.
     *
     * @param permissions from {@link #permissions}
     * @throws IOException when they cannot be set
     */
    public static void restore(Path folder, Set<PosixFilePermission> permissions) throws IOException {
        if (isPosix(folder) && !Files.getPosixFilePermissions(folder).equals(permissions)) {
            Files.setPosixFilePermissions(folder, permissions);
        }
    }
}
