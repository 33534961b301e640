// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

/** What kind of value a variable has. */
public enum ValueKind {
    NUMBER,
    TEXT,
    FLAG;

    static ValueKind of(Object value) {
        return value instanceof Double ? NUMBER : value instanceof Boolean ? FLAG : TEXT;
    }

    /** For messages. */
    String words() {
        return switch (this) {
            case NUMBER -> "a number";
            case TEXT -> "a text";
            case FLAG -> "true or false";
        };
    }
}
