// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.moderation;

import java.util.List;
import java.util.Set;

/**
 * The names in a pipeline that conditions about texts may have.
 *
 * @param lists names of the lists of terms
 * @param modalities names of all modalities
 * @param withText those whose events have text
 * @param open those of which that is not known
 */
public record TextNames(List<String> lists, List<String> modalities, Set<String> withText, Set<String> open) {

    /** There are neither lists nor texts. */
    public static final TextNames NONE = new TextNames(List.of(), List.of(), Set.of(), Set.of());
}
