// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.util.List;
import java.util.regex.Pattern;

/** The tree of a YAML file. */
final class YamlText {

    private static final YAMLFactory FACTORY = new YAMLFactory();
    private static final ObjectMapper YAML = new ObjectMapper(FACTORY);

    private static final Pattern EVENT =
            Pattern.compile("<?org\\.yaml\\.snakeyaml\\.events\\.([A-Z][a-z]+)[A-Za-z]*\\([^>]*\\)>?");

    /** Characters of a file: the parser needs seconds for each million. */
    private static final int MAX_CHARS = 1 << 20;

    private YamlText() {}

    /**
     * @param name of the file, for messages
     * @param problems to which what the tree drops is added
     * @throws ConfigurationException when it is not YAML
     */
    static JsonNode parse(String name, String text, List<String> problems) throws ConfigurationException {
        if (text.length() > MAX_CHARS) {
            throw new ConfigurationException(
                    name,
                    List.of("has " + text.length() + " characters, expected at most " + MAX_CHARS
                            + "; it may not be a pipeline file"));
        }
        try {
            YamlStructure.check(FACTORY, text, problems);
            JsonNode tree = YAML.readTree(text);
            return tree == null ? MissingNode.getInstance() : tree;
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(
                    name,
                    List.of((e.getLocation() == null
                                    ? ""
                                    : "line " + e.getLocation().getLineNr() + ": ")
                            + withoutInternals(e.getOriginalMessage())));
        }
    }

    /** The parser's message without the parser's own objects, which it prints where a mapping or a list is a key. */
    private static String withoutInternals(String message) {
        if (message.contains("StreamReadConstraints")) {
            return "keys and lists are nested too deep, or a value is too long";
        }
        return EVENT.matcher(message).replaceAll("a YAML $1; a key is one plain text");
    }
}
