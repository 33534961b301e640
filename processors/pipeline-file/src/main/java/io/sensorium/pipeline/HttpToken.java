// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The token that endpoints demand where others reach them. */
public final class HttpToken {

    /** The environment variable that holds it. */
    public static final String VARIABLE = "SENSORIUM_HTTP_TOKEN";

    /** The environment variable that names a file with it, as secrets are mounted. */
    public static final String FILE_VARIABLE = VARIABLE + "_FILE";

    private HttpToken() {}

    /**
     * Reads it.
     *
     * @return null where none is set
     * @throws IOException when its file cannot be read
     */
    public static String of(Map<String, String> environment) throws IOException {
        String file = environment.get(FILE_VARIABLE);
        if (file == null) {
            return environment.get(VARIABLE);
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new IOException(FILE_VARIABLE + " names \"" + file + "\", which cannot be read: " + e, e);
        }
    }
}
