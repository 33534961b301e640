/**
 * {@code bench align}: the same stream of embeddings through this project's alignment and through the joins users write
 * today.
 */
package io.sensorium.benchmarks.align;
