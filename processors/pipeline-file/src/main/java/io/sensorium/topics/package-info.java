/** How processors and commands make the topics that they need. */
package io.sensorium.topics;
