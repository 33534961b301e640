/** Dead letters looked at, and sent again. */
package io.sensorium.quickstart.dlq;
