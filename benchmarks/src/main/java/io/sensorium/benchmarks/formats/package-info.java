// SPDX-License-Identifier: Apache-2.0
/** What it costs to read an event in each format of records. */
package io.sensorium.benchmarks.formats;
