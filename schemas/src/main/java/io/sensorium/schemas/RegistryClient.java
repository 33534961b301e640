// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A schema registry that can be asked for more than the wire format needs. Safe for several threads. */
public interface RegistryClient extends SchemaRegistry {

    /**
     * A client of a registry.
     *
     * @param type which API it has: {@code confluent} or {@code apicurio}
     * @param url base of that API, path included
     * @param properties of the client; values may refer to secrets
     * @throws RuntimeException where no client can be made with these properties
     */
    static RegistryClient of(String type, String url, Map<String, String> properties) {
        return switch (type) {
            case "confluent" -> new ConfluentSchemaRegistry(url, properties);
            case "apicurio" -> new ApicurioSchemaRegistry(url, properties);
            default ->
                throw new IllegalArgumentException(
                        "the registry's type is \"" + type + "\", expected confluent or apicurio");
        };
    }

    /**
     * Checks that a schema registry answers.
     *
     * @throws IOException when none answers, or something else does
     */
    void requireAnswer() throws IOException;

    /**
     * A subject's latest schema of whatever type, requested each time; empty where there is no such subject.
     *
     * @throws IOException when the registry cannot be reached or refuses
     */
    Optional<LatestSchema> latest(String subject) throws IOException;

    /**
     * The subjects, requested each time; of an Apicurio registry the first 500.
     *
     * @throws IOException when the registry cannot be reached or refuses
     */
    Collection<String> subjects() throws IOException;

    /**
     * The id of a subject's latest schema, requested each time; empty where there is no such subject.
     *
     * @throws IOException when the registry cannot be reached or refuses
     */
    default OptionalInt latestId(String subject) throws IOException {
        return latest(subject).map(latest -> OptionalInt.of(latest.id())).orElse(OptionalInt.empty());
    }
}
