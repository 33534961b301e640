// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.Map;

/**
 * A schema as a registry has it.
 *
 * @param type {@code AVRO}, {@code JSON} or {@code PROTOBUF}
 * @param text the schema's source
 * @param references the sources of the schemas that it refers to, directly or not, by the names under which they are
 *     referred to; the deepest first
 */
public record RegisteredSchema(String type, String text, Map<String, String> references) {}
