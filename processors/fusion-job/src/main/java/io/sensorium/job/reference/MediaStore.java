// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.function.Consumer;

/** Where media of one scheme lie. Safe for many threads. */
interface MediaStore extends AutoCloseable {

    /**
     * What was opened.
     *
     * @param length in bytes as the store states it; -1 where it does not
     * @param abort ends reading at once, from any thread
     */
    record Opened(InputStream stream, long length, Runnable abort) {}

    /**
     * Opens an object.
     *
     * @param uri that the policy allows
     * @param abort receives, before the opening begins, what ends it from another thread
     * @throws ReferenceException when the store answers that there is none to be had
     * @throws IOException when it does not answer as it should
     */
    Opened open(URI uri, Consumer<Runnable> abort) throws IOException, ReferenceException;

    /** Who answers for it: what a circuit breaker is for. */
    String origin(URI uri);

    @Override
    void close();
}
