/**
 * How large a deployment must be: measured cost of events times their rate, and key skew. Pure except for the command.
 */
package io.sensorium.quickstart.size;
