// SPDX-License-Identifier: Apache-2.0
/** What the records of the input topics become, without a running job. */
package io.sensorium.job.inspect;
