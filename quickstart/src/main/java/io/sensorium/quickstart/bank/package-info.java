// SPDX-License-Identifier: Apache-2.0
/** {@code ./sensorium bank}. */
package io.sensorium.quickstart.bank;
