// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.sensorium.operators.natives.NativeLibraryCache;
import io.sensorium.operators.pack.PackException;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * A text encoder's tokenizer, which reads no more of a text than its tokens need: it keeps a limited number of them,
 * and a tokenizer takes microseconds and hundreds of bytes for each character. The same file is loaded once in a
 * process and shared; the last one that is closed frees it. Safe for several threads.
 */
final class TextTokenizer implements AutoCloseable {

    /** Characters a token that are read at first; English has four to five. */
    private static final int CHARACTERS_A_TOKEN = 16;

    private static final int MIN_PREFIX = 4096;
    private static final int GROWTH = 8;

    /**
     * What is never read beyond, in UTF-16 units, about a second's work: only a text whose tokens have hundreds of
     * letters each reaches it.
     */
    static final int MAX_PREFIX = 1 << 18;

    /** How far before the cut the last token must end for what follows the cut to have no influence on it. */
    private static final int MARGIN = 1024;

    /** @param sha256 of the tokenizer's file */
    private record Key(String sha256, int maxTokens) {}

    private static final class Shared {
        final HuggingFaceTokenizer tokenizer;
        int handles;

        Shared(HuggingFaceTokenizer tokenizer) {
            this.tokenizer = tokenizer;
        }
    }

    private static final Map<Key, Shared> LOADED = new HashMap<>();

    private final Key key;
    private final HuggingFaceTokenizer tokenizer;
    private final int maxTokens;
    private boolean closed;

    /**
     * @param maxTokens tokens that are kept, with those that the tokenizer adds.
     * @throws PackException when the model's file is not a tokenizer
     */
    TextTokenizer(PackedModel model, int maxTokens) {
        this.maxTokens = maxTokens;
        byte[] file = model.file("tokenizer");
        key = new Key(model.manifest().files().get("tokenizer").sha256(), maxTokens);
        synchronized (LOADED) {
            Shared shared = LOADED.computeIfAbsent(key, any -> new Shared(load(model, file, maxTokens)));
            shared.handles++;
            tokenizer = shared.tokenizer;
        }
    }

    private static HuggingFaceTokenizer load(PackedModel model, byte[] file, int maxTokens) {
        try {
            NativeLibraryCache.separate();
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(file),
                    Map.of("truncation", "true", "maxLength", Integer.toString(maxTokens), "padding", "false"));
        } catch (IOException e) {
            throw new PackException(model + ": the tokenizer cannot be read: " + e.getMessage());
        } catch (PackException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new PackException(
                    model + ": files.tokenizer is not a tokenizer.json of the tokenizers library: " + e.getMessage());
        }
    }

    /**
     * The text's first tokens. They are those of the whole text wherever a prefix of {@link #MAX_PREFIX} settles them;
     * else those of that prefix.
     */
    Encoding encode(String text) {
        for (int length : lengths(text.length(), maxTokens)) {
            String prefix = prefix(text, length);
            Encoding encoding = tokenizer.encode(prefix);
            if (settled(encoding, prefix)) {
                return encoding;
            }
        }
        return tokenizer.encode(prefix(text, MAX_PREFIX));
    }

    /** The prefixes of a text that are tried before as much of it as is ever read. */
    static int[] lengths(int textLength, int maxTokens) {
        long first = Math.max(MIN_PREFIX, (long) CHARACTERS_A_TOKEN * maxTokens);
        return LongStream.iterate(first, length -> length < Math.min(textLength, MAX_PREFIX), length -> length * GROWTH)
                .mapToInt(length -> (int) length)
                .toArray();
    }

    /** Whether all tokens that are kept lie so far before the end of a prefix that nothing behind it changes them. */
    private static boolean settled(Encoding encoding, String prefix) {
        if (!encoding.exceedMaxLength()) {
            return false;
        }
        int last = 0;
        for (CharSpan span : encoding.getCharTokenSpans()) {
            last = span == null ? last : Math.max(last, span.getEnd());
        }
        // Spans count code points, of which a prefix has at most as many as units.
        return last <= prefix.codePointCount(0, prefix.length()) - MARGIN;
    }

    /** At most so many UTF-16 units, without half of a surrogate pair. */
    static String prefix(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length);
    }

    @Override
    public void close() {
        synchronized (LOADED) {
            if (closed) {
                return;
            }
            closed = true;
            if (--LOADED.get(key).handles == 0) {
                LOADED.remove(key);
                tokenizer.close();
            }
        }
    }
}
