/** The results of each operator type, as roll-ups and the dashboard read them. */
package io.sensorium.rollup.result;
