// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

/**
 * A subject's latest schema as it was registered.
 *
 * @param version its place among the subject's schemas, as the registry names it
 * @param type {@code AVRO}, {@code JSON} or {@code PROTOBUF}
 * @param text its source, in which references to other schemas are not resolved
 */
public record LatestSchema(int id, String version, String type, String text) {}
