// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.config.EventMapping.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadBytesTest {

    private static final Path FROM = new Path("$.image");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s3://bucket/a.jpg | it has \":\" at character 2, counted from 0; check payload.as",
                "AA A | it has the character U+0020 at character 2, counted from 0; check payload.as",
                "/9j/é | it has \"é\" at character 4, counted from 0; check payload.as",
                "-_8/ | it has \"/\" at character 3, counted from 0; check payload.as",
                "/9j/A | it is cut off after 5 characters; check the producer",
                "data:image/jpeg;base64,/9j/ | it is a data URL; set payload.as: data-url"
            })
    void whatIsNotBase64IsNamed(String text, String reason) {
        assertThatThrownBy(() -> PayloadBytes.base64(FROM, text))
                .hasMessage("payload ($.image) is not base64: " + reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://a/b | is not a data URL, which begins with data:TYPE;base64,; check payload.as",
                "data:image/png,%4 | is not a data URL: the % at character 15 has no two hexadecimal digits behind it; "
                        + "escape a % as %25",
                "data:image/png;base64,? | is not base64: it has \"?\" at character 0, counted from 0; check payload.as"
            })
    void whatIsNoDataUrlIsNamed(String text, String message) {
        assertThatThrownBy(() -> PayloadBytes.dataUrl(FROM, text)).hasMessage("payload ($.image) " + message);
    }

    @ParameterizedTest
    @CsvSource({"AQID", "AQ==", "AQ", "_-8", "'AQ\r\nID'"})
    void everyFormOfBase64IsRead(String text) throws Exception {
        assertThat(PayloadBytes.base64(FROM, text)).isNotEmpty();
    }
}
