// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the tokenizers and FFmpeg unpack their native libraries. A JVM loads a file of native code for one class loader
 * only, and a Flink cluster makes a new one for each submission and after failures: then both get a folder of their own
 * for it. On the application's class path they share one in the home folder.
 */
public final class NativeLibraryCache {

    private static boolean separated;

    private NativeLibraryCache() {}

    /** To be called before either library's first use; later calls do nothing. */
    public static synchronized void separate() {
        if (separated || NativeLibraryCache.class.getClassLoader() == ClassLoader.getSystemClassLoader()) {
            return;
        }
        separated = true;
        Path folder;
        try {
            folder = Files.createTempDirectory("sensorium-natives");
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no folder for native libraries can be made in " + System.getProperty("java.io.tmpdir")
                            + "; make room there, or set java.io.tmpdir",
                    e);
        }
        System.setProperty("ENGINE_CACHE_DIR", folder.toString());
        System.setProperty("DJL_CACHE_DIR", folder.toString());
        System.setProperty("org.bytedeco.javacpp.cachedir", folder.toString());
        // Nobody reports to its makers from within a cluster either.
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
    }
}
