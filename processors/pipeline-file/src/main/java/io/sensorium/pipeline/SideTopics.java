// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.Serializable;

/**
 * Topics for records other than results.
 *
 * @param shadow results of shadow models, which run in addition to the active ones
 */
public record SideTopics(String incomplete, String late, String deadLetters, String shadow) implements Serializable {

    /** Reads the file's {@code side_topics}. */
    public static SideTopics read(ConfigNode root) {
        ConfigNode node = root.child("side_topics");
        SideTopics topics = new SideTopics(
                node.topic("incomplete", "results.incomplete"),
                node.topic("late", "media.late"),
                node.topic("dead_letters", "media.dead-letters"),
                node.topic("shadow", "results.shadow"));
        node.refuseUnknown();
        return topics;
    }

    /** Where {@code dlq replay} notes which dead letters' records it has sent again. */
    public String replayNotes() {
        return deadLetters + ".replayed";
    }
}
