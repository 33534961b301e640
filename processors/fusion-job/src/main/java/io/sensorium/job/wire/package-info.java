/** What travels between the job's operators, and its serializers. No Kryo, no reflection. */
package io.sensorium.job.wire;
