// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import org.apache.avro.specific.SpecificRecord;

/**
 * Makes the bytes of records of one schema. For one thread.
 *
 * @param <T> the generated record class
 */
public interface RecordEncoder<T extends SpecificRecord> {

    /** The record's bytes, in an array of their own. */
    byte[] encode(T value);
}
