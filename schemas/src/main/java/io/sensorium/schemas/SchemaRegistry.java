// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;

/**
 * The operations of a schema registry that the wire format needs. Implementations are safe for use by several threads.
 */
public interface SchemaRegistry {

    /**
     * Registers a schema under a subject, or finds it there.
     *
     * @param subject the subject, {@code <topic>-value}
     * @param avroSchema the schema as Avro JSON
     * @return the schema's id in the registry
     * @throws IncompatibleSchemaException when the registry refuses the schema
     * @throws IOException when the registry cannot be reached or fails
     */
    int register(String subject, String avroSchema) throws IOException;

    /**
     * Registers a JSON Schema under a subject, or finds it there.
     *
     * @param subject the subject, {@code <topic>-value}
     * @param jsonSchema the schema's text
     * @return the schema's id in the registry
     * @throws IncompatibleSchemaException when the registry refuses the schema
     * @throws IOException when the registry cannot be reached or fails
     * @throws UnsupportedOperationException when the registry holds Avro alone
     */
    default int registerJson(String subject, String jsonSchema) throws IOException {
        throw new UnsupportedOperationException("this registry holds no JSON Schema");
    }

    /**
     * The schema of an id, as Avro JSON, with the schemas it refers to inlined.
     *
     * @throws UnknownSchemaException when the registry itself answers that it has no such id
     * @throws UnreadableSchemaException when the schema is not Avro, or not whole
     * @throws IOException when the registry cannot be reached or fails; the same call may succeed later
     */
    String schemaOf(int id) throws IOException;

    /**
     * The schema of a GUID, as Avro JSON, with the schemas it refers to inlined. By default, for registries without
     * GUIDs, none can be read.
     *
     * @throws UnknownSchemaException when the registry itself answers that it has no such GUID
     * @throws UnreadableSchemaException when the schema is not Avro, or not whole, or the registry has no GUIDs
     * @throws IOException when the registry cannot be reached or fails; the same call may succeed later
     */
    default String schemaOf(UUID guid) throws IOException {
        throw new UnreadableSchemaException("schema GUID " + guid + " cannot be read from this registry", null);
    }

    /** How many bytes a schema's id has in records of this registry, after the magic byte: 4 or 8. */
    default int idBytes() {
        return Integer.BYTES;
    }

    /**
     * The schema of an id as it was registered, whatever its type, with the schemas it refers to beside it. By default,
     * for registries that have Avro schemas alone, {@link #schemaOf}.
     *
     * @throws UnknownSchemaException when the registry itself answers that it has no such id
     * @throws UnreadableSchemaException when it refers to a schema that the registry does not have
     * @throws IOException when the registry cannot be reached or fails; the same call may succeed later
     */
    default RegisteredSchema find(int id) throws IOException {
        return new RegisteredSchema("AVRO", schemaOf(id), Map.of());
    }

    /**
     * {@link #find(int)} by a schema's GUID. By default, for registries without GUIDs, none can be read.
     *
     * @throws UnknownSchemaException when the registry itself answers that it has no such GUID
     * @throws UnreadableSchemaException when it refers to a schema that the registry does not have, or the registry has
     *     no GUIDs
     * @throws IOException when the registry cannot be reached or fails; the same call may succeed later
     */
    default RegisteredSchema find(UUID guid) throws IOException {
        throw new UnreadableSchemaException("schema GUID " + guid + " cannot be read from this registry", null);
    }

    /** The registry answered that it has no schema of this id. */
    final class UnknownSchemaException extends IOException {
        private static final long serialVersionUID = 1L;

        public UnknownSchemaException(int id, Throwable cause) {
            this("schema id " + id, cause);
        }

        public UnknownSchemaException(UUID guid, Throwable cause) {
            this("schema GUID " + guid, cause);
        }

        private UnknownSchemaException(String schema, Throwable cause) {
            super(
                    schema + " is not in the registry; register the writer's schema, or check that producer and "
                            + "pipeline use the same registry",
                    cause);
        }
    }

    /** The registry has the id, but what it has is not an Avro schema that can be read. */
    final class UnreadableSchemaException extends IOException {
        private static final long serialVersionUID = 1L;

        public UnreadableSchemaException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The registry refused a schema as invalid or as incompatible with the existing versions. */
    final class IncompatibleSchemaException extends IOException {
        private static final long serialVersionUID = 1L;

        public IncompatibleSchemaException(String subject, Throwable cause) {
            super(
                    "the registry refused the schema of subject " + subject + ": " + cause.getMessage()
                            + "; compare the subject's versions with this release's .avsc. Where they still have "
                            + "enumerations that are strings now "
                            + "(status, label, severity, mode, fault), set the subject's compatibility to NONE for this one registration",
                    cause);
        }
    }
}
