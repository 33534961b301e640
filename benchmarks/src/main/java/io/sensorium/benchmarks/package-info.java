/** Benchmarks: the project beside its peers, every contender a process of its own, in one run on one machine. */
package io.sensorium.benchmarks;
