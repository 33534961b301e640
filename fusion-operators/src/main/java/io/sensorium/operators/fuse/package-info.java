/**
 * Fusion operators: batches of aligned windows in, sentiment or match results out. Modalities are slots of the head,
 * never names known here.
 */
package io.sensorium.operators.fuse;
