// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.result;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * The operator types whose results are read in full. Results of every other type are read by the fields that all share.
 */
public final class ResultTypes {

    private static final ResultType OTHER = new OtherResultType();

    private static final List<ResultType> ALL = List.of(
            new SentimentResultType(), new MatchResultType(), new OnnxResultType(), new CaptionsResultType(), OTHER);

    private static final Map<String, ResultType> BY_TYPE =
            ALL.stream().collect(Collectors.toMap(ResultType::type, Function.identity()));

    private static final Map<String, ResultType> BY_SCHEMA =
            ALL.stream().collect(Collectors.toMap(type -> type.schema().getFullName(), Function.identity()));

    private ResultTypes() {}

    /** By the {@code type} of an operator. */
    public static ResultType of(String type) {
        return BY_TYPE.getOrDefault(type, OTHER);
    }

    /**
     * By a record that was read with the type's schema.
     *
     * @throws IllegalArgumentException when it is no operator's result
     */
    public static ResultType of(SpecificRecordBase result) {
        ResultType type = BY_SCHEMA.get(result.getSchema().getFullName());
        if (type == null) {
            throw new IllegalArgumentException(
                    result.getSchema().getFullName() + " is not a result, expected one of " + BY_SCHEMA.keySet());
        }
        return type;
    }
}
