// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.sensorium.bank.BankEntry;
import io.sensorium.pipeline.Suggestions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** Adds the entries of a table, a line each. For one thread. */
final class TableImport {

    private static final int MAX_MESSAGES = 20;
    private static final long PROGRESS_NANOS = Duration.ofSeconds(5).toNanos();

    /** Takes the entries. */
    interface Target {

        /** @throws IOException when it cannot be written */
        void send(String id, BankEntry entry) throws IOException;
    }

    private final Path file;
    private final EntryFields entries;
    private final Target target;
    private final PrintWriter messages;
    private long added;
    private long refused;

    /** @param messages gets the progress, and a line for each of the first lines that are no entries */
    TableImport(Path file, EntryFields entries, Target target, PrintWriter messages) {
        this.file = file;
        this.entries = entries;
        this.target = target;
        this.messages = messages;
    }

    /**
     * Reads and sends all.
     *
     * @throws IllegalArgumentException when a column's name is not a field's
     * @throws IOException when the file cannot be read as a table, or sending fails
     */
    void run() throws IOException {
        boolean tabs = file.toString().toLowerCase(Locale.ROOT).endsWith(".tsv");
        CsvSchema schema = CsvSchema.emptySchema().withHeader().withColumnSeparator(tabs ? '\t' : ',');
        Path folder = file.toAbsolutePath().getParent();
        long shown = System.nanoTime();
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                MappingIterator<Map<String, String>> lines = new CsvMapper()
                        .readerForMapOf(String.class)
                        .with(schema)
                        .readValues(reader)) {
            boolean first = true;
            for (Map<String, String> line = next(lines); line != null; line = next(lines)) {
                if (first) {
                    line.keySet().forEach(TableImport::checkColumn);
                    first = false;
                }
                add(line, folder, lines.getCurrentLocation().getLineNr());
                if (System.nanoTime() - shown > PROGRESS_NANOS) {
                    shown = System.nanoTime();
                    messages.println(added + " entries added, " + refused + " lines left out");
                    messages.flush();
                }
            }
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file + " is not a table: " + e.getOriginalMessage() + " (" + added + " entries were added before)",
                    e);
        }
        if (refused > MAX_MESSAGES) {
            messages.println("and " + (refused - MAX_MESSAGES) + " further lines");
            messages.flush();
        }
    }

    /**
     * The next line that has no more values than there are columns; null behind the last.
     *
     * @throws JsonProcessingException where what follows cannot be told apart into lines
     */
    private Map<String, String> next(MappingIterator<Map<String, String>> lines) throws IOException {
        while (true) {
            try {
                return lines.hasNextValue() ? lines.nextValue() : null;
            } catch (JsonMappingException e) {
                refuse(e.getLocation().getLineNr(), e.getOriginalMessage());
            }
        }
    }

    private void refuse(long number, String message) {
        if (++refused <= MAX_MESSAGES) {
            messages.println("line " + number + " is left out: " + BankCommand.printable(message));
            messages.flush();
        }
    }

    private static void checkColumn(String name) {
        if (!EntryFields.NAMES.contains(name)) {
            throw new IllegalArgumentException("the column \"" + BankCommand.printable(name) + "\" is none of "
                    + EntryFields.NAMES + Suggestions.suggestion(name, EntryFields.NAMES));
        }
    }

    private void add(Map<String, String> line, Path folder, int number) throws IOException {
        BankEntry entry;
        try {
            entry = entries.entry(line, folder);
        } catch (IllegalArgumentException e) {
            refuse(number, e.getMessage());
            return;
        }
        target.send(EntryFields.get(line, "id"), entry);
        added++;
    }

    /** Entries that were sent. */
    long added() {
        return added;
    }

    /** Lines that are no entries. */
    long refused() {
        return refused;
    }
}
