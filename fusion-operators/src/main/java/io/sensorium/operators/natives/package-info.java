/** Native libraries within class loaders that come and go. */
package io.sensorium.operators.natives;
