// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pipeline's state was made with. State holds modalities and operators by their place in the pipeline file's
 * order, so it can be read only by a pipeline with the same modalities, and by one with other operators only together
 * with the names of those that it had.
 *
 * @param settings by name; where one differs, the state cannot be carried over
 * @param operators keys in the order of the state's counters
 */
public record StateDescription(LinkedHashMap<String, Object> settings, ArrayList<String> operators)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OPERATORS = "operators";

    /** The setting that holds the format of the state's bytes. */
    public static final String FORMAT = "state format";

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static StateDescription parse(String json) {
        try {
            Map<?, ?> all = JSON.readValue(json, Map.class);
            LinkedHashMap<String, Object> settings = new LinkedHashMap<>();
            all.forEach((name, value) -> settings.put((String) name, value));
            Object operators = settings.remove(OPERATORS);
            ArrayList<String> keys = new ArrayList<>();
            if (operators instanceof List<?> list) {
                list.forEach(key -> keys.add(key.toString()));
            }
            return new StateDescription(settings, keys);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the description of the state cannot be read: " + e.getMessage(), e);
        }
    }

    /** One JSON object. */
    public String toJson() {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        all.put(OPERATORS, operators);
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The format of the state's bytes; 1 where the description has none. */
    public int format() {
        return settings.get(FORMAT) instanceof Number number ? number.intValue() : 1;
    }

    /** Whether this release reads the state's bytes. */
    public boolean isReadable() {
        return format() >= SubjectElementSerializer.OLDEST_VERSION && format() <= SubjectElementSerializer.VERSION;
    }

    /**
     * Why this pipeline cannot go on with a state; empty where it can.
     *
     * @param then what the state was made with
     * @param where the state is, for the messages
     */
    public List<String> conflicts(StateDescription then, String where) {
        List<String> conflicts = new ArrayList<>();
        settings.forEach((name, now) -> {
            Object after = JSON.convertValue(now, Object.class);
            Object before = JSON.convertValue(then.settings().get(name), Object.class);
            if (!after.equals(before) && !(name.equals(FORMAT) && then.isReadable())) {
                conflicts.add("the state in " + where + " was made with " + name + " " + before
                        + ", the pipeline file now has " + after
                        + "; windows cannot be carried over: start without this state (run --fresh; on a "
                        + "cluster, without -s or initialSavepointPath), or set the file back");
            }
        });
        return conflicts;
    }

    /** Where each of this pipeline's operators was in the state's order; -1 for one that the state does not know. */
    public int[] placesIn(StateDescription then) {
        return operators.stream().mapToInt(then.operators()::indexOf).toArray();
    }
}
