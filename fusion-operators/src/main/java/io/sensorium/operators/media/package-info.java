/** From encoded media to what models take: pictures as RGB, sound as 16 kHz mono. Bounded by {@link MediaLimits}. */
package io.sensorium.operators.media;
