// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.fuse;

import io.sensorium.results.ModerationDecision;
import io.sensorium.schemas.RecordResolution;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.MissingSchemaException;

/**
 * A decision as the state holds it: Avro's single-object encoding, which starts with two marker bytes and the
 * fingerprint of the schema it was written with. Also reads what earlier builds stored: 1 from before {@code status},
 * {@code mode} and {@code severity} became strings, 2 from before {@code derived_from}, 3 from before texts.
 */
final class StoredDecision {

    private static final int MARKER_BYTES = 2;
    private static final int HEADER_BYTES = MARKER_BYTES + Long.BYTES;

    private StoredDecision() {}

    /** The schemas of earlier builds; a change of the present one needs a further file here. */
    static final int EARLIER = 3;

    /**
     * A schema that the state may hold.
     *
     * @param number from 1 to {@link #EARLIER}
     */
    static Schema earlier(int number) {
        try (InputStream in =
                StoredDecision.class.getResourceAsStream("/state/ModerationDecision-" + number + ".avsc")) {
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
            return readEarlier(bytes, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ModerationDecision readEarlier(byte[] bytes, MissingSchemaException unknown) {
        long fingerprint = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER_BYTES);
        Schema writer = IntStream.rangeClosed(1, EARLIER)
                .mapToObj(StoredDecision::earlier)
                .filter(schema -> SchemaNormalization.parsingFingerprint64(schema) == fingerprint)
                .findFirst()
                .orElseThrow(() -> unknown);
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
