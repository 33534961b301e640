/** What a benchmark measures, and measuring several in turn. */
package io.sensorium.benchmarks.load;
