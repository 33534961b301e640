// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

/** What one event carries for its encoder. */
public sealed interface Content {

    /** @param text the words */
    record Text(String text) implements Content {}

    /** @param bytes encoded media, recognised by its first bytes */
    record Media(byte[] bytes) implements Content {}
}
