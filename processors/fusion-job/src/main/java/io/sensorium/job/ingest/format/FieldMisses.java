// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest.format;

import io.sensorium.job.config.EventMapping.Constant;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.Modality;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counts the records that lack a mapped field which an event may lack, and warns once where many in a row do: the path
 * may be wrong, which no dead letter tells. For one thread.
 */
final class FieldMisses {

    /** Records in a row, as one reader reads them. */
    static final int MANY = 1000;

    private final String modality;
    private final Consumer<String> warnings;
    private final Map<String, Misses> byField = new HashMap<>();

    private static final class Misses {
        private final Field from;
        private final Counter counter;
        private int inARow;
        private boolean warned;

        Misses(Field from, Counter counter) {
            this.from = from;
            this.counter = counter;
        }
    }

    /**
     * @param shared whether other modalities read the topic too, so that the payload may be missing
     * @param metrics of the reader, to which a counter for each field is added
     */
    FieldMisses(Modality modality, boolean shared, MetricGroup metrics, Consumer<String> warnings) {
        this.modality = modality.name();
        this.warnings = warnings;
        MetricGroup group = metrics.addGroup("sensorium").addGroup("modality", modality.name());
        modality.events().fields().forEach((field, from) -> {
            boolean mayMiss = field.startsWith("attributes.")
                    || field.equals("content_type")
                    || shared && field.equals("payload");
            if (mayMiss && !(from instanceof Constant)) {
                byField.put(
                        field, new Misses(from, group.addGroup("field", field).counter("records_without_field_total")));
            }
        });
    }

    /** A record has been asked for a field; does nothing for one that every event has. */
    void looked(String field, boolean found) {
        Misses misses = byField.get(field);
        if (misses == null) {
            return;
        }
        if (found) {
            misses.inARow = 0;
            return;
        }
        misses.counter.inc();
        misses.inARow++;
        if (misses.inARow == MANY && !misses.warned) {
            misses.warned = true;
            warnings.accept("modality " + modality + ": " + field + " (" + misses.from + ") matched nothing in " + MANY
                    + " records in a row; if they have it, correct the path: ./sensorium inspect -c FILE shows what "
                    + "records become");
        }
    }
}
