// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.sensorium.job.reference.ReferencePolicy.AllowedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.Consumer;

/** Files of the worker's own disk. */
record FileStore(ReferencePolicy policy) implements MediaStore {

    @Override
    public Opened open(URI uri, Consumer<Runnable> abort) throws IOException, ReferenceException {
        SeekableByteChannel channel = open(policy.file(uri));
        return new Opened(Channels.newInputStream(channel), channel.size(), () -> close(channel));
    }

    /**
     * Opens folder by folder from the allowed one downwards and follows no link: one that was put there since the look
     * leads nowhere.
     *
     * @throws IOException where there is one, or no file any more
     */
    static SeekableByteChannel open(AllowedFile file) throws IOException {
        try (DirectoryStream<Path> folder = Files.newDirectoryStream(file.folder())) {
            // Other platforms than POSIX's have no such folders; there only the last link is refused.
            return folder instanceof SecureDirectoryStream<Path> secure
                    ? open(secure, file.inside())
                    : Files.newByteChannel(
                            file.folder().resolve(file.inside()), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static SeekableByteChannel open(SecureDirectoryStream<Path> folder, Path inside) throws IOException {
        if (inside.getNameCount() == 1) {
            return folder.newByteChannel(inside, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        }
        try (SecureDirectoryStream<Path> next =
                folder.newDirectoryStream(inside.getName(0), LinkOption.NOFOLLOW_LINKS)) {
            return open(next, inside.subpath(1, inside.getNameCount()));
        }
    }

    private static void close(SeekableByteChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String origin(URI uri) {
        return "file";
    }

    @Override
    public void close() {}
}
