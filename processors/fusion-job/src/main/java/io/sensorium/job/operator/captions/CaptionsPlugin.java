// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.operator.captions;

import io.sensorium.job.operator.Operator;
import io.sensorium.job.operator.OperatorKeys;
import io.sensorium.job.operator.OperatorPlugin;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OperatorTopic;
import io.sensorium.pipeline.Suggestions;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** {@code type: captions}. */
public final class CaptionsPlugin implements OperatorPlugin {

    /** Each phrase is compared with every event, and encoded once at start. */
    private static final int MAX_PHRASES = 20_000;

    @Override
    public String type() {
        return "captions";
    }

    @Override
    public Operator read(String key, ConfigNode section, Scope scope) {
        List<String> names = scope.modalities();
        String from = section.required("from", "name the modality whose events get captions, such as image");
        if (!from.isEmpty() && !names.contains(from)) {
            section.problem(
                    "from", "names \"" + from + "\", which is not a modality" + Suggestions.suggestion(from, names));
        }
        String file = section.required("phrases", "name a UTF-8 file with one phrase a line");
        List<String> phrases = file.isEmpty() ? List.of() : phrases(section, file);
        return new CaptionsOperator(
                key,
                from,
                phrases,
                section.number("top", 3, 1, 100),
                section.text("model", ""),
                OperatorKeys.optional(section),
                OperatorTopic.of(type(), key, section));
    }

    private static List<String> phrases(ConfigNode section, String file) {
        List<String> phrases;
        try {
            phrases = Files.readAllLines(section.resolve(file)).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .distinct()
                    .toList();
        } catch (MalformedInputException e) {
            section.problem("phrases", "is \"" + file + "\", which is not UTF-8 text");
            return List.of();
        } catch (NoSuchFileException e) {
            section.problem(
                    "phrases",
                    "is \"" + file + "\", which cannot be read: there is no file " + e.getFile()
                            + "; paths are relative to the pipeline file");
            return List.of();
        } catch (InvalidPathException e) {
            section.problem("phrases", "is \"" + file + "\": " + e.getReason() + "; expected the path of a file");
            return List.of();
        } catch (IOException e) {
            section.problem("phrases", "is \"" + file + "\", which cannot be read: " + e);
            return List.of();
        }
        if (phrases.isEmpty() || phrases.size() > MAX_PHRASES) {
            section.problem(
                    "phrases",
                    "has " + phrases.size() + " phrases in \"" + file + "\", expected 1 to " + MAX_PHRASES
                            + ", one a line");
        }
        return phrases;
    }
}
