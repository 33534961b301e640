// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.replay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Event streams from a {@code stream.tsv} with its media in the same folder, like the bundled sample. */
public final class SampleStream {

    /** How long one lap of the bundled stream lasts, in ms. */
    public static final long LAP_MS = 40_000;

    private static final String RESOURCES = "/sample/";

    private SampleStream() {}

    /** The bundled stream in the order of sending. */
    public static List<ReplayEvent> bundled() throws IOException {
        return read(name -> {
            InputStream in = SampleStream.class.getResourceAsStream(RESOURCES + name);
            if (in == null) {
                throw new IOException("no bundled file " + name);
            }
            return in;
        });
    }

    /** A stream in a folder. */
    static List<ReplayEvent> in(Path folder) throws IOException {
        return read(name -> Files.newInputStream(folder.resolve(name)));
    }

    private interface Opener {
        InputStream open(String name) throws IOException;
    }

    private static List<ReplayEvent> read(Opener files) throws IOException {
        String table;
        try (InputStream in = files.open("stream.tsv")) {
            table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<ReplayEvent> events = new ArrayList<>();
        for (String line : table.lines().skip(1).toList()) {
            String[] f = line.split("\t", -1);
            boolean corrupt = f[2].startsWith("corrupt:");
            byte[] payload = corrupt ? f[7].getBytes(StandardCharsets.UTF_8) : null;
            if (!f[6].isEmpty()) {
                try (InputStream in = files.open(f[6])) {
                    payload = in.readAllBytes();
                }
            }
            events.add(new ReplayEvent(
                    Long.parseLong(f[0]),
                    Long.parseLong(f[1]),
                    corrupt ? f[2].substring("corrupt:".length()) : f[2],
                    f[3],
                    f[4],
                    f[5],
                    payload,
                    payload == null ? f[7] : null,
                    corrupt,
                    f.length > 8 && !f[8].isEmpty() ? Map.of("channel", f[8]) : Map.of()));
        }
        events.sort(Comparator.comparingLong(ReplayEvent::sendAt));
        return events;
    }
}
