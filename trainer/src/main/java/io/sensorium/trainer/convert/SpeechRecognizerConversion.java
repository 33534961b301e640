// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.convert;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the bundled speech recognizer out of two npm packages: the graphs of Moonshine's tiny English model from
 * {@code @moonshine-ai/moonshine-js}, unchanged, and its vocabulary, one token a line, from {@code llama-tokenizer-js}.
 * Fetch both with {@code npm pack --ignore-scripts} and unpack them first.
 */
public final class SpeechRecognizerConversion {

    private static final String GRAPHS = "dist/model/tiny/quantized";
    private static final Pattern VOCABULARY = Pattern.compile("llama_vocab_base64 = \"([A-Za-z0-9+/=]+)\"");
    private static final int TOKENS = 32_000;

    private SpeechRecognizerConversion() {}

    /** Arguments: the unpacked moonshine-js, the unpacked llama-tokenizer-js, the model's folder to write. */
    public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
        if (args.length != 3) {
            System.err.println("usage: SpeechRecognizerConversion MOONSHINE_JS_DIR LLAMA_TOKENIZER_JS_DIR MODEL_DIR");
            System.exit(2);
        }
        Path graphs = Path.of(args[0], GRAPHS);
        Path model = Files.createDirectories(Path.of(args[2]));
        Files.copy(
                graphs.resolve("encoder_model.onnx"),
                model.resolve("encoder.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.copy(
                graphs.resolve("decoder_model_merged.onnx"),
                model.resolve("decoder.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(
                model.resolve("vocabulary.txt"), vocabulary(Files.readString(Path.of(args[1], "llama-tokenizer.js"))));
        for (String file : List.of("encoder.onnx", "decoder.onnx", "vocabulary.txt")) {
            byte[] bytes = Files.readAllBytes(model.resolve(file));
            System.out.printf(
                    "%-15s %,11d bytes  sha256 %s%n",
                    file,
                    bytes.length,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        }
    }

    private static String vocabulary(String script) throws IOException {
        Matcher found = VOCABULARY.matcher(script);
        if (!found.find()) {
            throw new IOException("llama-tokenizer.js has no llama_vocab_base64, expected that of version 1.2.2");
        }
        String tokens = new String(Base64.getDecoder().decode(found.group(1)), StandardCharsets.UTF_8);
        long count = tokens.split("\n", -1).length;
        if (count != TOKENS) {
            throw new IOException("the vocabulary has " + count + " tokens, expected " + TOKENS);
        }
        return tokens + "\n";
    }
}
