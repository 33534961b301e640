/**
 * Claim checks: media that lie elsewhere, fetched for the encoder. {@link io.sensorium.job.reference.ReferencePolicy}
 * decides what may be followed, the sources read, and {@link io.sensorium.job.reference.ReferenceFetcher} bounds time,
 * size and tries.
 */
package io.sensorium.job.reference;
