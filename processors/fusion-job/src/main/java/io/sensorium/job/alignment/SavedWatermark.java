// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.alignment;

/**
 * How far one subtask was when its state was saved.
 *
 * @param firstKeyGroup of the key groups that it had
 * @param lastKeyGroup of them, included
 * @param watermark up to which it had closed its subjects' windows, in ms
 * @param highest the largest watermark of a partition that it knew of, in ms
 */
public record SavedWatermark(int firstKeyGroup, int lastKeyGroup, long watermark, long highest) {

    /** Whether the subtask had the subjects of a key group. */
    public boolean had(int keyGroup) {
        return keyGroup >= firstKeyGroup && keyGroup <= lastKeyGroup;
    }
}
