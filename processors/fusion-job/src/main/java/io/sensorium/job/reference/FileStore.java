package io.sensorium.job.reference;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Files of the worker's own disk. */
record FileStore(ReferencePolicy policy) implements MediaStore {

    @Override
    public Opened open(URI uri, Consumer<Runnable> abort) throws IOException, ReferenceException {
        Path file = policy.file(uri);
        InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
        return new Opened(stream, Files.size(file), () -> close(stream));
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
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
