// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.common.Uuid;

/**
 * What is saved of a source besides its offsets.
 *
 * @param partitions the connector's own
 * @param topicId that the topic had when it was saved; empty where it was not known
 */
record TopicState(KafkaSourceEnumState partitions, Optional<Uuid> topicId) {

    /**
     * The topic's id in a serialized state.
     *
     * @param version that it was written with
     * @param state read from its position on
     * @throws IOException when it is too short
     */
    static Optional<Uuid> topicId(int version, ByteBuffer state) throws IOException {
        if (version < Serializer.FIRST_VERSION) {
            return Optional.empty();
        }
        if (state.remaining() < 2 * Long.BYTES) {
            throw new IOException("a source's state has " + state.remaining() + " bytes");
        }
        Uuid id = new Uuid(state.getLong(), state.getLong());
        return id.equals(Uuid.ZERO_UUID) ? Optional.empty() : Optional.of(id);
    }

    /** Reads the connector's own state too, which releases before topic ids wrote. */
    record Serializer(SimpleVersionedSerializer<KafkaSourceEnumState> connector)
            implements SimpleVersionedSerializer<TopicState> {

        /** Above every version of the connector's. */
        private static final int FIRST_VERSION = 1_000;

        @Override
        public int getVersion() {
            return FIRST_VERSION + connector.getVersion();
        }

        @Override
        public byte[] serialize(TopicState state) throws IOException {
            byte[] partitions = connector.serialize(state.partitions());
            Uuid id = state.topicId().orElse(Uuid.ZERO_UUID);
            return ByteBuffer.allocate(2 * Long.BYTES + partitions.length)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits())
                    .put(partitions)
                    .array();
        }

        @Override
        public TopicState deserialize(int version, byte[] serialized) throws IOException {
            if (version < FIRST_VERSION) {
                return new TopicState(connector.deserialize(version, serialized), Optional.empty());
            }
            ByteBuffer bytes = ByteBuffer.wrap(serialized);
            Optional<Uuid> id = topicId(version, bytes);
            byte[] partitions = new byte[bytes.remaining()];
            bytes.get(partitions);
            return new TopicState(connector.deserialize(version - FIRST_VERSION, partitions), id);
        }
    }
}
