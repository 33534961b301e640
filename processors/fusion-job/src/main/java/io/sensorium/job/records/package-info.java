/** What travels between the job's operators, and how results and side records are written for their topics. */
package io.sensorium.job.records;
