// SPDX-License-Identifier: Apache-2.0
/** Known content: fingerprints of images and texts, and a bank of them that is searched for near ones. */
package io.sensorium.operators.bank;
