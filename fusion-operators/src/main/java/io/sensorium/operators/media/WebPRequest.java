// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Decodes a WebP.
 *
 * @param bytes the file
 * @param side the side in pixels that the caller will scale to
 */
record WebPRequest(byte[] bytes, int side) implements DecoderRequest<DecodedImage> {

    static final int KIND = 2;

    @Override
    public String format() {
        return "webp";
    }

    @Override
    public DecodedImage decode(MediaLimits limits) throws MediaException {
        return DecodingGuard.run(
                format(),
                bytes.length,
                () -> new WebPDecoder(limits, new ColorProfile.Cache())
                        .decode(bytes, side, new DecodeDeadline(limits, format())));
    }

    @Override
    public void write(DataOutputStream out) throws IOException {
        out.writeByte(KIND);
        out.writeInt(side);
        DecoderRequest.writeBytes(bytes, out);
    }

    static WebPRequest read(DataInputStream in) throws IOException {
        int side = in.readInt();
        return new WebPRequest(DecoderRequest.readBytes(in), side);
    }

    @Override
    public void writeResult(DecodedImage image, DataOutputStream out) throws IOException {
        out.writeInt(image.getType());
        out.writeInt(image.getWidth());
        out.writeInt(image.getHeight());
        out.writeInt(image.originalWidth());
        out.writeInt(image.originalHeight());
        if (image.getRaster().getDataBuffer() instanceof DataBufferInt ints) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * ints.getData().length);
            bytes.asIntBuffer().put(ints.getData());
            DecoderRequest.writeBytes(bytes.array(), out);
        } else {
            DecoderRequest.writeBytes(((DataBufferByte) image.getRaster().getDataBuffer()).getData(), out);
        }
    }

    @Override
    public DecodedImage readResult(DataInputStream in) throws IOException {
        int type = in.readInt();
        int width = in.readInt();
        DecodedImage image = new DecodedImage(width, in.readInt(), type, in.readInt(), in.readInt());
        byte[] bytes = DecoderRequest.readBytes(in);
        if (image.getRaster().getDataBuffer() instanceof DataBufferInt ints) {
            ByteBuffer.wrap(bytes).asIntBuffer().get(ints.getData());
        } else {
            System.arraycopy(bytes, 0, ((DataBufferByte) image.getRaster().getDataBuffer()).getData(), 0, bytes.length);
        }
        return image;
    }
}
