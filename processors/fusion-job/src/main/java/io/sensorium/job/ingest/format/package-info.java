// SPDX-License-Identifier: Apache-2.0
/** What records may be, and how each kind becomes an event: one class a format, registered in {@code EventFormats}. */
package io.sensorium.job.ingest.format;
