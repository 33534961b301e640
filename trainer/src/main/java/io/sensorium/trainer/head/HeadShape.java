package io.sensorium.trainer.head;

import java.util.List;

/**
 * What goes into a head and what comes out.
 *
 * @param slots names of the embedding inputs, in the order of the mask's columns
 * @param dimensions of each
 * @param classes how many there are to tell apart
 */
public record HeadShape(List<String> slots, int[] dimensions, int classes) {

    int size() {
        return slots.size();
    }
}
