// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.PipelineFile;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlinkSettingsTest {

    private static Duration watermarkInterval(String idleTimeout) throws Exception {
        return FlinkSettings.of(
                        PipelineFile.parse("p", """
                                modalities:
                                  image: {encoder: image-inception-mixed5}
                                  text: {encoder: text-bge-small-en, idle_timeout: %s}
                                align: {size: 10s, min_modalities: 1}
                                operators: {s: {type: sentiment}}
                                """.formatted(idleTimeout)), Path.of("checkpoints"), null, false)
                .get(PipelineOptions.AUTO_WATERMARK_INTERVAL);
    }

    @Test
    void stateThatNoOperatorTakesDoesNotKeepAJobFromResuming() {
        Configuration settings = FlinkSettings.resumed(Path.of("chk-3"));
        assertThat(settings.get(StateRecoveryOptions.SAVEPOINT_PATH)).endsWith("chk-3");
        assertThat(settings.get(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"100ms, 10", "200ms, 10", "1s, 50", "1h, 200"})
    void idlenessIsNoticedWithinAShareOfTheShortestTimeout(String idleTimeout, long expectedMs) throws Exception {
        assertThat(watermarkInterval(idleTimeout)).isEqualTo(Duration.ofMillis(expectedMs));
    }
}
