// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The tokens of a SentencePiece vocabulary with byte fallback, one a line in the order of their ids: {@code ▁} is a
 * space, {@code <0x0A>} a byte of UTF-8, and what else is in angle brackets has no text.
 */
final class PieceVocabulary {

    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");
    private static final Pattern CONTROL = Pattern.compile("<.+>");

    private final List<String> pieces;

    private PieceVocabulary(List<String> pieces) {
        this.pieces = pieces;
    }

    /** @throws PackException when the file is not the manifest's */
    static PieceVocabulary of(PackedModel model, String role) {
        return new PieceVocabulary(
                new String(model.file(role), StandardCharsets.UTF_8).lines().toList());
    }

    /** The text of tokens; those beyond the vocabulary have none. Leading and trailing spaces are left out. */
    String text(List<Integer> tokens) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int token : tokens) {
            if (token >= pieces.size()) {
                continue;
            }
            String piece = pieces.get(token);
            if (BYTE.matcher(piece).matches()) {
                text.write(Integer.parseInt(piece.substring(3, 5), 16));
            } else if (!CONTROL.matcher(piece).matches()) {
                text.writeBytes(piece.replace('▁', ' ').getBytes(StandardCharsets.UTF_8));
            }
        }
        return text.toString(StandardCharsets.UTF_8).strip();
    }
}
