// SPDX-License-Identifier: Apache-2.0
/** Look-ups in a bank of known content. */
package io.sensorium.benchmarks.bank;
