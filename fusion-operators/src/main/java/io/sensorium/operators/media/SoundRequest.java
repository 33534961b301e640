// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import io.sensorium.operators.media.AudioFile.Container;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes compressed sound.
 *
 * @param container of all links
 * @param links files that were joined end to end
 * @param declaredSeconds length that they declare together; 0 where they declare none
 */
record SoundRequest(Container container, List<byte[]> links, double declaredSeconds)
        implements DecoderRequest<SoundRequest.Sound> {

    static final int KIND = 1;

    /**
     * @param samples at {@link AudioDecoder#SAMPLE_RATE}, mono
     * @param packets of sound that the links hold
     */
    record Sound(short[] samples, long packets) {}

    @Override
    public String format() {
        return container.title();
    }

    @Override
    public Sound decode(MediaLimits limits) throws MediaException {
        DecodeDeadline deadline = new DecodeDeadline(limits, format());
        MonoSamples samples = new MonoSamples(limits, format(), declaredSeconds, deadline);
        long packets = 0;
        for (byte[] link : links) {
            packets += FFmpegAudio.decode(container, link, samples, limits, deadline);
        }
        return new Sound(samples.finish(), packets);
    }

    @Override
    public void write(DataOutputStream out) throws IOException {
        out.writeByte(KIND);
        out.writeByte(container.ordinal());
        out.writeDouble(declaredSeconds);
        out.writeInt(links.size());
        for (byte[] link : links) {
            DecoderRequest.writeBytes(link, out);
        }
    }

    static SoundRequest read(DataInputStream in) throws IOException {
        Container container = Container.values()[in.readUnsignedByte()];
        double declared = in.readDouble();
        int count = in.readInt();
        List<byte[]> links = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            links.add(DecoderRequest.readBytes(in));
        }
        return new SoundRequest(container, links, declared);
    }

    @Override
    public void writeResult(Sound sound, DataOutputStream out) throws IOException {
        out.writeLong(sound.packets);
        ByteBuffer bytes = ByteBuffer.allocate(2 * sound.samples.length);
        bytes.asShortBuffer().put(sound.samples);
        DecoderRequest.writeBytes(bytes.array(), out);
    }

    @Override
    public Sound readResult(DataInputStream in) throws IOException {
        long packets = in.readLong();
        byte[] bytes = DecoderRequest.readBytes(in);
        short[] samples = new short[bytes.length / 2];
        ByteBuffer.wrap(bytes).asShortBuffer().get(samples);
        return new Sound(samples, packets);
    }
}
