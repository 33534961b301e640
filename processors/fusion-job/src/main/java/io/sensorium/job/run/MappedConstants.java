// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import io.sensorium.job.config.EventMapping.Constant;
import io.sensorium.job.config.EventMapping.Field;
import io.sensorium.job.config.PipelineConfig;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Constants in mappings that were meant to be paths: they give every event the same wrong value. Pure. */
final class MappedConstants {

    /** Names with dots between them, or what differs from a place in a record only by a capital or a plural. */
    private static final Pattern PATH = Pattern.compile("[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)+|(?i)headers?\\.\\S+"
            + "|(?i)(key|value|topic|partition|offset|timestamp|coordinates)");

    private static final Pattern MEDIA_TYPE = Pattern.compile("[\\w!#$&^.+-]+/[\\w!#$&^.+-]+(\\s*;.*)?");

    private MappedConstants() {}

    /**
     * @param problems gets a line for each media type that is none
     * @param warnings for each attribute that looks like a path
     */
    static void check(PipelineConfig config, List<String> problems, List<String> warnings) {
        config.sources().stream().filter(modality -> modality.events() != null).forEach(modality -> {
            String key = "modalities." + modality.name() + ".event.";
            modality.events().attributes().forEach((name, from) -> {
                if (from instanceof Constant constant
                        && PATH.matcher(constant.text()).matches()) {
                    warnings.add(key + "attributes." + name + ": \"" + constant.text()
                            + "\" is a constant, the same for every event; if it is meant as a path, write "
                            + path(constant.text()));
                }
            });
            Field type = modality.events().contentType();
            if (type instanceof Constant constant
                    && !MEDIA_TYPE.matcher(constant.text()).matches()) {
                problems.add(key + "content_type: is \"" + constant.text()
                        + "\", expected a media type such as image/jpeg, or a path such as "
                        + path(PATH.matcher(constant.text()).matches() ? constant.text() : "type"));
            }
        });
    }

    private static String path(String text) {
        if (!text.contains(".")) {
            return text.equals("type") ? "$.type" : text.toLowerCase(Locale.ROOT);
        }
        return text.matches("(?i)headers?\\..+") ? "header." + text.substring(text.indexOf('.') + 1) : "$." + text;
    }
}
