// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Value;
import io.sensorium.job.ingest.format.ProtobufFiles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether JSONPaths match something in messages of a Protobuf schema. */
final class ProtobufPaths {

    private ProtobufPaths() {}

    /** What a value is: one of a field, one of its list or map, or (without a field) a message. */
    private record Place(Descriptor message, FieldDescriptor field, boolean inside) {

        static Place of(Descriptor message) {
            return new Place(message, null, true);
        }

        static Place of(FieldDescriptor field) {
            FieldDescriptor wrapped = message(field) == null ? null : ProtobufFiles.wrapped(message(field));
            return wrapped == null || field.isRepeated() ? new Place(message(field), field, false) : of(wrapped);
        }

        private static Descriptor message(FieldDescriptor field) {
            return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE ? field.getMessageType() : null;
        }

        boolean isList() {
            return field != null && !inside && field.isRepeated() && !field.isMapField();
        }

        boolean isMap() {
            return field != null && !inside && field.isMapField();
        }

        /** One of a list's or a map's values. */
        Place element() {
            FieldDescriptor element = isMap() ? message.getFields().get(1) : field;
            Descriptor type = message(element);
            FieldDescriptor wrapped = type == null ? null : ProtobufFiles.wrapped(type);
            return wrapped == null ? new Place(type, element, true) : of(wrapped);
        }
    }

    /**
     * Why paths match nothing, by path. Which of a file's messages the records are, only records tell: the paths are
     * wrong when no message has them all, and compared then with the one that has most, the first of several.
     */
    static Map<String, String> problems(Collection<String> paths, FileDescriptor file) {
        Map<String, String> fewest = null;
        List<Descriptor> types = new ArrayList<>(file.getMessageTypes());
        for (int i = 0; i < types.size(); i++) {
            Map<String, String> problems = problems(paths, types.get(i));
            if (problems.isEmpty()) {
                return problems;
            }
            fewest = fewest == null || problems.size() < fewest.size() ? problems : fewest;
            types.addAll(types.get(i).getNestedTypes());
        }
        return fewest == null ? Map.of() : fewest;
    }

    private static Map<String, String> problems(Collection<String> paths, Descriptor message) {
        Map<String, String> problems = new LinkedHashMap<>();
        for (String path : paths) {
            SchemaPaths.problem(path, Place.of(message), ProtobufPaths::step)
                    .ifPresent(problem -> problems.put(path, problem + " in message " + message.getName()));
        }
        return problems;
    }

    private static void step(Place place, String name, List<Place> next, List<String> names) {
        if (place.message() == Value.getDescriptor() && !place.isList() && !place.isMap()) {
            next.add(place);
        } else if (place.isList()) {
            if (name == null) {
                next.add(place.element());
            }
        } else if (place.isMap()) {
            if (name != null) {
                next.add(place.element());
            }
        } else if (name != null && place.message() != null && !ProtobufFiles.isTime(place.message())) {
            FieldDescriptor field = place.message().findFieldByName(name);
            if (field != null) {
                next.add(Place.of(field));
            }
            place.message().getFields().forEach(each -> names.add(each.getName()));
        }
    }
}
