// SPDX-License-Identifier: Apache-2.0
/** How Kafka's clients log in where their own way needs something beside it. */
package io.sensorium.login;
