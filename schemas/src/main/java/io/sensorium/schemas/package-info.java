/**
 * The Confluent wire format for the project's Avro records.
 *
 * <p>Schemas travel to and from the registry as strings, because the genuine Confluent client used here carries a
 * relocated Avro of its own. Nothing outside this package touches that client.
 */
package io.sensorium.schemas;
