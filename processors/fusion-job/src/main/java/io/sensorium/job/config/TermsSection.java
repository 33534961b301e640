// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.job.text.TermList;
import io.sensorium.job.text.TermList.Match;
import io.sensorium.pipeline.ConfigNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code moderation.terms} section: lists of terms, read from their files once, so that they travel with the job.
 */
final class TermsSection {

    private TermsSection() {}

    static List<TermList> read(ConfigNode moderation) {
        ConfigNode section = moderation.child("terms");
        List<TermList> lists = new ArrayList<>();
        for (String name : section.keys()) {
            if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
                section.problem(name, "is no name for a list, expected 1 to 64 letters, digits, dashes or underscores");
            }
            boolean isShort = section.isValue(name);
            ConfigNode own = isShort ? section : section.child(name);
            String key = isShort ? name : "file";
            String file = own.required(key, "name the file of the terms, one a line");
            Match match = isShort ? Match.WORDS : own.choice("match", Match.class, Match.WORDS);
            lists.add(list(own, key, name, file, match));
            if (!isShort) {
                own.refuseUnknown();
            }
        }
        return lists;
    }

    /** Without terms where there is a problem. */
    private static TermList list(ConfigNode node, String key, String name, String file, Match match) {
        if (!file.isEmpty()) {
            try {
                Path path = node.resolve(file);
                if (Files.isDirectory(path)) {
                    node.problem(key, "is \"" + file + "\", which is a folder; name a file with one term a line");
                } else if (Files.size(path) > TermList.MAX_BYTES) {
                    node.problem(
                            key,
                            "\"" + file + "\" has " + Files.size(path) + " bytes, expected at most "
                                    + TermList.MAX_BYTES + "; split it into lists of their own");
                } else {
                    return TermList.parse(
                            name,
                            match,
                            Files.readAllBytes(path),
                            problem -> node.problem(key, "\"" + file + "\" " + problem));
                }
            } catch (InvalidPathException e) {
                node.problem(key, "is \"" + file + "\": " + e.getReason() + "; expected the path of a file");
            } catch (NoSuchFileException e) {
                node.problem(
                        key,
                        "is \"" + file + "\", but there is no file " + e.getFile() + "; the path is relative to "
                                + "the pipeline file");
            } catch (IOException e) {
                node.problem(key, "\"" + file + "\" cannot be read: " + e);
            }
        }
        return new TermList(name, match, List.of(), "");
    }
}
