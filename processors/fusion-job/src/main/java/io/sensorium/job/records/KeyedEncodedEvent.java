// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.records;

import io.sensorium.job.alignment.EncodedEvent;

/** An event on its way to its subject: the embedding and lineage, no media. */
public record KeyedEncodedEvent(String subjectId, EncodedEvent event) {}
