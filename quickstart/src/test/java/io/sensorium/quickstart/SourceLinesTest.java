// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.quickstart.layout.DistributionLayout;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The formatter breaks no string literals and no comments within lines, so their length is checked here. An import
 * cannot be broken.
 */
class SourceLinesTest {

    private static final int MAX_COLUMNS = 140;
    private static final Set<String> OTHER_FOLDERS = Set.of("target", ".git", "node_modules");

    @Test
    void noLineOfTheSourcesIsLongerThan140Columns() throws Exception {
        Path root = DistributionLayout.root();
        List<String> tooLong = new ArrayList<>();
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return OTHER_FOLDERS.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    sources.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        for (Path source : sources) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > MAX_COLUMNS && !lines.get(i).startsWith("import ")) {
                    tooLong.add(root.relativize(source) + ":" + (i + 1));
                }
            }
        }
        assertThat(sources).as("sources under %s", root).hasSizeGreaterThan(100);
        assertThat(tooLong).isEmpty();
    }
}
