/**
 * How large a deployment must be: what events cost, as measured, times what is asked; and how unevenly subjects spread.
 * Pure but for the command.
 */
package io.sensorium.quickstart.size;
