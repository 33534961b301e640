// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.bank;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How far a bank's topic has been read.
 *
 * @param topic its name
 * @param topicId Kafka's id of the topic; empty before it has been looked up
 * @param offsets of the next record, by partition
 */
public record BankPositions(String topic, String topicId, Map<Integer, Long> offsets) {

    /** A text for saved state: the topic's name, its id, then {@code PARTITION=OFFSET} of each partition. */
    public String toText() {
        return topic
                + " "
                + topicId
                + new TreeMap<>(offsets)
                        .entrySet().stream()
                                .map(each -> " " + each.getKey() + "=" + each.getValue())
                                .collect(Collectors.joining());
    }

    /**
     * Reads {@link #toText()}.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static BankPositions parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length < 2) {
            throw new IllegalArgumentException("the position of a bank is \"" + text + "\"");
        }
        Map<Integer, Long> offsets = new TreeMap<>();
        for (int i = 2; i < parts.length; i++) {
            String[] pair = parts[i].split("=");
            if (pair.length != 2) {
                throw new IllegalArgumentException("the position of a bank is \"" + text + "\"");
            }
            offsets.put(Integer.parseInt(pair[0]), Long.parseLong(pair[1]));
        }
        return new BankPositions(parts[0], parts[1], offsets);
    }

    /**
     * What of a bank that was read this far is no longer in its topic, as it is now; empty where all is, and where the
     * bank has another topic now.
     */
    public List<String> lost(BankPositions now) {
        List<String> lost = new ArrayList<>();
        if (topicId.isEmpty() || !topic.equals(now.topic())) {
            return lost;
        }
        if (!topicId.equals(now.topicId())) {
            lost.add("topic " + topic + " was deleted and created again since the state was saved (its id was "
                    + topicId + ", now it is " + now.topicId()
                    + "): entries that were not added again no longer match anything");
            return lost;
        }
        offsets.forEach((partition, offset) -> {
            long end = now.offsets().getOrDefault(partition, 0L);
            if (end < offset) {
                lost.add("topic " + topic + ", partition " + partition + " ends at offset " + end + ", before " + offset
                        + ", to which it had been read when the state was saved: records are lost");
            }
        });
        return lost;
    }
}
