// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

/** Where decisions of moderation rules go. */
public final class ModerationTopic {

    private ModerationTopic() {}

    /** The topic that a {@code moderation} section names, or by default. */
    public static String read(ConfigNode section) {
        return section.topic("output", "results.moderation");
    }
}
