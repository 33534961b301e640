// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextRegionsTest {

    private static final int WIDTH = 320;
    private static final int HEIGHT = 200;

    private final TextRegions regions = new TextRegions();
    private final FloatBuffer map = FloatBuffer.allocate(WIDTH * HEIGHT);

    /** Fills a rectangle around a centre, turned by an angle. */
    private void fill(double x, double y, double width, double height, double angle, float probability) {
        for (int row = 0; row < HEIGHT; row++) {
            for (int column = 0; column < WIDTH; column++) {
                double along = (column - x) * Math.cos(angle) + (row - y) * Math.sin(angle);
                double across = (row - y) * Math.cos(angle) - (column - x) * Math.sin(angle);
                if (Math.abs(along) <= width / 2 && Math.abs(across) <= height / 2) {
                    map.put(row * WIDTH + column, probability);
                }
            }
        }
    }

    private List<TextRegion> find() {
        return regions.find(map, WIDTH, HEIGHT);
    }

    @Test
    void aCoreIsWidenedByItsAreaOverItsPerimeter() {
        for (double degrees : new double[] {0, 10, -25, 44}) {
            map.put(new float[WIDTH * HEIGHT]).clear();
            fill(160, 100, 120, 20, Math.toRadians(degrees), 0.9f);

            // 120 × 20 × 1.5 / 280 on each side.
            assertThat(find()).as("%s degrees", degrees).singleElement().satisfies(region -> {
                assertThat(region.x()).isCloseTo(160, within(1.0));
                assertThat(region.y()).isCloseTo(100, within(1.0));
                assertThat(region.width()).isCloseTo(120 + 2 * 12.86, within(3.0));
                assertThat(region.height()).isCloseTo(20 + 2 * 12.86, within(3.0));
                assertThat(Math.toDegrees(Math.atan2(region.directionY(), region.directionX())))
                        .isCloseTo(degrees, within(1.5));
            });
        }
    }

    @Test
    void standingWritingIsReadDownwards() {
        fill(160, 100, 20, 120, 0, 0.9f);

        assertThat(find()).singleElement().satisfies(region -> {
            assertThat(region.directionX()).isCloseTo(0, within(0.01));
            assertThat(region.directionY()).isCloseTo(1, within(0.01));
            assertThat(region.width()).isGreaterThan(region.height());
        });
    }

    @Test
    void faintAndNarrowCoresAreNone() {
        fill(60, 50, 60, 16, 0, 0.45f);
        fill(200, 50, 60, 2, 0, 0.9f);
        fill(200, 120, 60, 16, 0, 0.25f);

        assertThat(find()).isEmpty();
    }

    @Test
    void separateCoresAreSeparateAndTouchingOnesOne() {
        fill(60, 50, 60, 16, 0, 0.9f);
        fill(60, 100, 60, 16, 0, 0.9f);
        fill(220, 50, 60, 16, 0, 0.9f);
        fill(250, 60, 60, 16, 0, 0.9f);

        assertThat(find()).hasSize(3);
    }

    @Test
    void noiseOfAnyDensityEndsInRegionsWithinReach() {
        Random random = new Random(5);
        for (int round = 0; round < 40; round++) {
            float density = random.nextFloat();
            for (int i = 0; i < WIDTH * HEIGHT; i++) {
                map.put(i, random.nextFloat() < density ? random.nextFloat() : 0);
            }
            for (TextRegion region : find()) {
                assertThat(region.x()).isBetween(0.0, (double) WIDTH);
                assertThat(region.y()).isBetween(0.0, (double) HEIGHT);
                assertThat(Math.hypot(region.directionX(), region.directionY())).isCloseTo(1, within(1e-9));
                assertThat(region.width()).isFinite().isPositive();
                assertThat(region.height()).isFinite().isPositive();
            }
        }
    }
}
