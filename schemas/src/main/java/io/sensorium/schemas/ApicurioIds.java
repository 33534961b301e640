// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The schema ids that Apicurio's serializers write.
 *
 * @param global whether they are of versions (global), rather than of contents
 * @param bytes of an id in a record, after the magic byte: 4 or 8
 */
public record ApicurioIds(boolean global, int bytes) {

    /**
     * The ids of a registry with these properties.
     *
     * @throws IllegalArgumentException where there are {@link #problems}
     */
    public static ApicurioIds of(Map<String, String> properties) {
        List<String> problems = problems(properties);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new ApicurioIds(
                id(properties).equals("globalid"), handler(properties).contains("4Byte") ? Integer.BYTES : Long.BYTES);
    }

    /** What is wrong with the properties that choose the ids, each with its name. */
    public static List<String> problems(Map<String, String> properties) {
        List<String> problems = new ArrayList<>();
        if (!List.of("contentid", "globalid").contains(id(properties))) {
            problems.add(RegistryProperties.USE_ID + " is \"" + properties.get(RegistryProperties.USE_ID)
                    + "\", expected contentId or globalId");
        }
        // The classes of Apicurio 3 and, before it, 2.
        if (!List.of("Default4ByteIdHandler", "Legacy4ByteIdHandler", "Legacy8ByteIdHandler", "DefaultIdHandler")
                .contains(handler(properties))) {
            problems.add(RegistryProperties.ID_HANDLER + " is \"" + properties.get(RegistryProperties.ID_HANDLER)
                    + "\", expected Default4ByteIdHandler (4 bytes) or Legacy8ByteIdHandler (8 bytes)");
        }
        return problems;
    }

    private static String id(Map<String, String> properties) {
        return properties.getOrDefault(RegistryProperties.USE_ID, "contentId").toLowerCase(Locale.ROOT);
    }

    /** The class without its package. */
    private static String handler(Map<String, String> properties) {
        String handler = properties.getOrDefault(RegistryProperties.ID_HANDLER, "Default4ByteIdHandler");
        return handler.substring(handler.lastIndexOf('.') + 1);
    }
}
