// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.results.ModerationDecision;
import io.sensorium.schemas.RecordResolution;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.MissingSchemaException;

/**
 * A decision as the state holds it: Avro's single-object encoding, which starts with two marker bytes and the
 * fingerprint of the schema it was written with. Also reads decisions from before {@code status}, {@code mode} and
 * {@code severity} became strings.
 */
final class StoredDecision {

    private static final int MARKER_BYTES = 2;
    private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;

    private StoredDecision() {}

    /** The schema that the state holds from before enumerations became strings. */
    static Schema withEnumerations() {
        try (InputStream in = StoredDecision.class.getResourceAsStream("/state/ModerationDecision-1.avsc")) {
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(ModerationDecision decision) {
        try {
            ByteBuffer encoded = decision.toByteBuffer();
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws UncheckedIOException where neither this release nor an earlier one wrote the bytes */
    static ModerationDecision read(byte[] bytes) {
        try {
            return ModerationDecision.fromByteBuffer(ByteBuffer.wrap(bytes));
        } catch (MissingSchemaException e) {
            return readWithEnumerations(bytes, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ModerationDecision readWithEnumerations(byte[] bytes, MissingSchemaException unknown) {
        Schema writer = withEnumerations();
        long fingerprint = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER_BYTES);
        if (fingerprint != SchemaNormalization.parsingFingerprint64(writer)) {
            throw unknown;
        }
        try {
            return RecordResolution.<ModerationDecision>reader(writer, ModerationDecision.getClassSchema())
                    .read(
                            null,
                            DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
