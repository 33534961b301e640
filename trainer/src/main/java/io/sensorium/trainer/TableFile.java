// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tab-separated file with one header line, as every data set here has. */
final class TableFile {

    private TableFile() {}

    /**
     * Reads all rows as column to value.
     *
     * @throws IOException when the file is missing, lacks a column, or a row has another number of fields than the
     *     header
     */
    static List<Map<String, String>> read(Path file, String... required) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("no " + file + "; --data needs a folder with " + file.getFileName());
        }
        List<String> lines = Files.readAllLines(file);
        String[] header = lines.get(0).split("\t", -1);
        for (String column : required) {
            if (!List.of(header).contains(column)) {
                throw new IOException(file + ": no column \"" + column + "\", the header has " + List.of(header));
            }
        }
        List<Map<String, String>> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] fields = lines.get(i).split("\t", -1);
            if (fields.length != header.length) {
                throw new IOException(
                        file + " line " + (i + 1) + ": " + fields.length + " fields, expected " + header.length);
            }
            Map<String, String> row = new LinkedHashMap<>();
            for (int c = 0; c < header.length; c++) {
                row.put(header[c], fields[c]);
            }
            rows.add(row);
        }
        return rows;
    }
}
