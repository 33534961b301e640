/**
 * What an operator type is made of. A type is a folder beneath this package and a line in
 * {@code META-INF/services/io.sensorium.job.operator.OperatorPlugin}; nothing outside its folder names it.
 */
package io.sensorium.job.operator;
