/** Benchmarks: the project compared with its peers, every contender in its own process, in one run on one machine. */
package io.sensorium.benchmarks;
