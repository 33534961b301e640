/**
 * What keeps one record from stopping the job: failures become dead letters, and a record under which the job dies
 * again and again is found and set aside.
 */
package io.sensorium.job.quarantine;
