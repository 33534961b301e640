// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media.fuzz;

import static io.sensorium.operators.media.fuzz.Piece.ascii;
import static io.sensorium.operators.media.fuzz.Piece.be;
import static io.sensorium.operators.media.fuzz.Piece.raw;

import io.sensorium.operators.media.fuzz.Piece.Group;
import io.sensorium.operators.media.fuzz.Piece.Length;
import io.sensorium.operators.media.fuzz.Piece.Number;
import java.awt.color.ICC_Profile;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** What several picture formats embed: EXIF and colour profiles, by their fields. */
final class Metadata {

    private Metadata() {}

    /** EXIF as TIFF: an orientation, among other entries. */
    static Group exif(Random random, int orientation) {
        boolean big = random.nextBoolean();
        Group directory = new Group(
                "IFD",
                new Number("count", 2, big, 2),
                entry(big, 0x010f, 2, 4, 0x41424300),
                orientation(big, orientation),
                new Number("next", 4, big, 0));
        return new Group(
                "TIFF",
                ascii(big ? "MM" : "II"),
                new Number("magic", 2, big, 42),
                new Number("first IFD", 4, big, 8),
                directory);
    }

    private static Group entry(boolean big, int tag, int type, int count, int value) {
        return new Group(
                "IFD entry",
                new Number("tag", 2, big, tag),
                new Number("type", 2, big, type),
                new Number("count", 4, big, count),
                new Number("value", 4, big, value));
    }

    private static Group orientation(boolean big, int orientation) {
        return new Group(
                "IFD entry",
                new Number("tag", 2, big, 0x0112),
                new Number("type", 2, big, 3),
                new Number("count", 4, big, 1),
                new Number("value", 2, big, orientation),
                new Number("rest", 2, big, 0));
    }

    /** A profile: its header, its table of tags, its data. */
    static Group profile(ICC_Profile profile) {
        byte[] bytes = profile.getData();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int tags = buffer.getInt(128);
        Group body = new Group(
                "ICC body",
                be("engine", 4, buffer.getInt(4)),
                be("version", 4, buffer.getInt(8)),
                be("class", 4, buffer.getInt(12)),
                be("space", 4, buffer.getInt(16)),
                be("connection", 4, buffer.getInt(20)),
                raw("header", Arrays.copyOfRange(bytes, 24, 128)),
                be("tags", 4, tags));
        int at = 132;
        for (int i = 0; i < tags; i++, at += 12) {
            body.add(new Group(
                    "ICC tag",
                    be("signature", 4, buffer.getInt(at)),
                    be("offset", 4, buffer.getInt(at + 4)),
                    be("size", 4, buffer.getInt(at + 8))));
        }
        body.add(raw("data", Arrays.copyOfRange(bytes, at, bytes.length)));
        return new Group("ICC", new Length("size", 4, true, body, 4), body);
    }
}
