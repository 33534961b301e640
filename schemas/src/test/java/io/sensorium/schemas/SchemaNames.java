// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/** The schemas of this module by name, as their folders hold them, so that none is left out of a test. */
final class SchemaNames {

    static final String ALL = "io.sensorium.schemas.SchemaNames#all";
    static final String RESULTS = "io.sensorium.schemas.SchemaNames#results";
    static final String ONCE_WITH_ENUMERATIONS = "io.sensorium.schemas.SchemaNames#onceWithEnumerations";

    private static final List<String> INPUTS = List.of("AudioEvent", "BankEntry", "ImageEvent", "TextEvent");

    private SchemaNames() {}

    static List<String> all() throws IOException {
        return in("src/main/avro");
    }

    /** All but what a pipeline reads. */
    static List<String> results() throws IOException {
        return all().stream().filter(name -> !INPUTS.contains(name)).toList();
    }

    static List<String> onceWithEnumerations() throws IOException {
        return in("src/test/resources/golden/enumerations");
    }

    /** The generated class of a schema. */
    static String className(String name) throws IOException {
        return new Schema.Parser()
                .parse(Path.of("src/main/avro", name + ".avsc").toFile())
                .getFullName();
    }

    private static List<String> in(String folder) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".avsc"))
                    .map(file -> file.substring(0, file.length() - ".avsc".length()))
                    .sorted()
                    .toList();
            if (names.isEmpty()) {
                throw new IllegalStateException("there is no schema in " + folder);
            }
            return names;
        }
    }
}
