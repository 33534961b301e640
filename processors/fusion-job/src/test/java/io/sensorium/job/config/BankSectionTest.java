// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.pipeline.ConfigurationException;
import io.sensorium.pipeline.OutputFormat;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BankSectionTest {

    private static PipelineConfig config(String bank) throws ConfigurationException {
        return PipelineFile.parse("p.yaml", """
                modalities: {text: {encoder: text-bge-small-en}}
                align: {min_modalities: 1}
                operators: {s: {type: sentiment, output: results.s}}
                """ + bank);
    }

    @Test
    void thereIsABankWhereTheFileHasTheSection() throws Exception {
        assertThat(config("").bank().on()).isFalse();
        assertThat(config("bank: {}").bank())
                .isEqualTo(new BankSettings("moderation.bank", OutputFormat.AVRO, 31, 50, Duration.ofMinutes(5)));
        assertThat(config("bank: {topic: b, format: json-schema, threshold: 10, min_quality: 0, load_timeout: 9s}")
                        .bank())
                .isEqualTo(new BankSettings("b", OutputFormat.JSON_SCHEMA, 10, 0, Duration.ofSeconds(9)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bank: {threshold: 32} | bank.threshold",
                "bank: {threshold: -1} | bank.threshold",
                "bank: {min_quality: 101} | bank.min_quality",
                "bank: {load_timeout: 0s} | bank.load_timeout",
                "bank: {format: xml} | bank.format",
                "bank: {topc: b} | bank.topc",
                "bank: {topic: results.s} | bank.topic: is \"results.s\", which is used already",
                "bank: {topic: media.text} | bank.topic: is \"media.text\", which is used already",
                "bank: {topic: 'a b'} | bank.topic"
            })
    void whatIsWrongIsNamed(String section, String problem) {
        assertThatThrownBy(() -> config(section))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(problem);
    }
}
