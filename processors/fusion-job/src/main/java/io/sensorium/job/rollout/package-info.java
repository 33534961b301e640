/**
 * Exchanging a pipeline's models while it runs. {@link io.sensorium.job.rollout.RolloutController} decides, without
 * threads or I/O; a {@link io.sensorium.job.rollout.ModelCoordinator} an operator, at the JobManager, watches the
 * folder and notifies the subtasks; in each subtask a {@link io.sensorium.job.rollout.ModelSwapper} loads models beside
 * those that run and exchanges them between two checkpoints.
 */
package io.sensorium.job.rollout;
