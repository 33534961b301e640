// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.config.Modality;
import io.sensorium.job.config.PipelineFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class FieldMissesTest {

    private final Map<String, Counter> counters = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();

    private MetricGroup group(String path) {
        return new UnregisteredMetricsGroup() {
            @Override
            public MetricGroup addGroup(String name) {
                return group(path + name + " ");
            }

            @Override
            public MetricGroup addGroup(String key, String value) {
                return group(path + key + "=" + value + " ");
            }

            @Override
            public Counter counter(String name) {
                return counters.computeIfAbsent(path + name, key -> new SimpleCounter());
            }
        };
    }

    private FieldMisses misses(boolean shared) throws Exception {
        Modality modality = PipelineFile.parse("p", """
                        modalities:
                          m:
                            encoder: e
                            format: json
                            event:
                              payload: $.image
                              content_type: $.type
                              attributes: {channel: $.chanel, lang: header.lang, source: app}
                        align: {min_modalities: 1}
                        operators: {s: {type: sentiment}}
                        """).modalities().get(0);
        return new FieldMisses(modality, shared, group(""), warnings::add);
    }

    @Test
    void everyFieldThatARecordMayLackHasACounter() throws Exception {
        misses(false);
        assertThat(counters)
                .containsOnlyKeys(
                        "sensorium modality=m field=attributes.channel records_without_field_total",
                        "sensorium modality=m field=attributes.lang records_without_field_total",
                        "sensorium modality=m field=content_type records_without_field_total");
        misses(true);
        assertThat(counters).containsKey("sensorium modality=m field=payload records_without_field_total");
    }

    @Test
    void aPathThatMatchesNothingInManyRecordsIsOneWarning() throws Exception {
        FieldMisses misses = misses(false);
        for (int i = 0; i < 5 * FieldMisses.MANY; i++) {
            misses.looked("attributes.channel", false);
            misses.looked("attributes.lang", i % FieldMisses.MANY == 0);
            misses.looked("payload", false);
        }
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("modality m: attributes.channel ($.chanel) matched nothing in 1000 records in a row");
        assertThat(counters.get("sensorium modality=m field=attributes.channel records_without_field_total")
                        .getCount())
                .isEqualTo(5_000);
        assertThat(counters.get("sensorium modality=m field=attributes.lang records_without_field_total")
                        .getCount())
                .isEqualTo(4_995);
    }
}
