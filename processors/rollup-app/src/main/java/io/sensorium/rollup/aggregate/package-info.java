/**
 * Results to roll-ups. What a result counts for, how a revision replaces what it revises, which windows hold an instant
 * and when a window is over are plain classes; the topology of Kafka Streams around them is thin.
 */
package io.sensorium.rollup.aggregate;
