// SPDX-License-Identifier: Apache-2.0
/**
 * The bank of known content of a process: a copy of a compacted topic in memory, read from its beginning and then
 * followed. Depends on no stage.
 */
package io.sensorium.job.bank;
