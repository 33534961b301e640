/** The fusion stage: batches windows, runs every operator on them and turns scores into result records. */
package io.sensorium.job.fuse;
