// SPDX-License-Identifier: Apache-2.0
/** Where the parts of the product lie, in a checkout and in an installation. */
package io.sensorium.quickstart.layout;
