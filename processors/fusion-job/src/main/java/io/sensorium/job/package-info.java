/**
 * The fusion job: {@code ingest → encode → align → fuse → emit}. {@link io.sensorium.job.FusionPipeline} wires it as
 * one function whose ends tests can swap; {@link io.sensorium.job.models.PipelineModels} resolves what the pipeline
 * file names.
 */
package io.sensorium.job;
