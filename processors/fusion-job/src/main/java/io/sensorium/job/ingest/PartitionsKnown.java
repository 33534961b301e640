// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import org.apache.flink.api.connector.source.SourceEvent;

/** To a reader: the topic's partitions have been listed, and the reader has those that are its own. */
record PartitionsKnown() implements SourceEvent {}
