// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Structure that the tree of a YAML file silently drops: aliases, which become the text of their name, documents after
 * the first, and all but the last of the values of a key that is there more than once. The rest of the file is read all
 * the same, so that all its problems are known at once.
 */
final class YamlStructure {

    private final YAMLParser parser;
    private final List<String> problems;
    private final Deque<Level> levels = new ArrayDeque<>();

    private YamlStructure(YAMLParser parser, List<String> problems) {
        this.parser = parser;
        this.problems = problems;
    }

    /** A mapping or a list around the place where the parser is. */
    private static final class Level {
        private final String path;
        private final Map<String, Integer> lines = new HashMap<>();
        private String key = "";

        Level(String path) {
            this.path = path;
        }

        String place() {
            return path.isEmpty() || key.isEmpty() ? path + key : path + "." + key;
        }
    }

    /**
     * @param problems to which each of these is added, with its line
     * @throws JsonProcessingException when the text is no YAML
     */
    static void check(YAMLFactory factory, String text, List<String> problems) throws JsonProcessingException {
        try (YAMLParser parser = factory.createParser(text)) {
            new YamlStructure(parser, problems).read();
        } catch (JsonProcessingException e) {
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory cannot fail", e);
        }
    }

    private void read() throws IOException {
        boolean begun = false;
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
            int line = parser.currentTokenLocation().getLineNr();
            if (levels.isEmpty() && begun) {
                problems.add(
                        "line " + line
                                + ": a second YAML document begins; expected one document, so remove the line --- and merge the two");
                return;
            }
            begun = true;
            if (parser.isCurrentAlias()) {
                problems.add(
                        "line " + line + ": the alias *" + parser.getText() + " is not supported; write the value out");
            }
            if (token.isStructStart()) {
                levels.push(new Level(levels.isEmpty() ? "" : levels.peek().place()));
            } else if (token.isStructEnd()) {
                levels.pop();
            } else if (token == JsonToken.FIELD_NAME) {
                key(levels.peek(), parser.currentName(), line);
            }
        }
    }

    private void key(Level mapping, String name, int line) {
        mapping.key = name;
        Integer first = mapping.lines.putIfAbsent(name, line);
        if (first != null) {
            problems.add("line " + line + ": the key " + mapping.place() + " is there already, in line " + first
                    + "; merge the two, or remove one");
        }
    }
}
