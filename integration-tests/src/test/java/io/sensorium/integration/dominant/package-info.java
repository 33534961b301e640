/** An operator type in test code alone: this folder and its line under {@code META-INF/services}. */
package io.sensorium.integration.dominant;
