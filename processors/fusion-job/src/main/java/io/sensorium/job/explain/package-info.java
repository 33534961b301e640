/**
 * Why a result is what it is: its records, its inputs as they lie in the topics, and what comes out when it is computed
 * from them again.
 */
package io.sensorium.job.explain;
