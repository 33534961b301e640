// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.encode;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.sensorium.operators.pack.ModelCatalog;
import io.sensorium.operators.pack.PackedModel;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of a long text a prefix is tokenized, with the tokens of the whole. */
class TextTokenizerTest {

    private static final int MAX_TOKENS = 128;

    /** Texts of some 100,000 characters each. */
    private static List<String> longTexts() {
        Random random = new Random(11);
        String words = IntStream.range(0, 20_000)
                .mapToObj(i -> Integer.toString(random.nextInt(1 << 20), 36))
                .collect(Collectors.joining(" "));
        String letters =
                random.ints(100_000, 'a', 'z' + 1).mapToObj(Character::toString).collect(Collectors.joining());
        String chinese = random.ints(100_000, 0x4e00, 0x9fa5)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        String emoji = "\uD83D\uDE00\uD83D\uDC4D\uD83C\uDFFD".repeat(15_000);
        String punctuation = "{\"a\":[1,2,3]},".repeat(8_000);
        String spaces = " ".repeat(60_000) + "after the spaces come words " + "\n\t ".repeat(10_000)
                + "and more of them ".repeat(2_000);
        // Words of a thousand letters are one unknown token each, so that all tokens reach far into the text.
        String longWords = IntStream.range(0, 100)
                .mapToObj(i -> letters.substring(i * 1000, i * 1000 + 1000))
                .collect(Collectors.joining(" "));
        String accents = "e\u0301a\u0308".repeat(30_000);
        String halves = "x" + "\uD83D\uDE00".repeat(50_000);
        return List.of(
                words,
                letters,
                chinese,
                emoji,
                punctuation,
                spaces,
                longWords,
                accents,
                halves,
                "short",
                longWords.substring(0, 5_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text-bge-small-en", "text-bge-small-zh"})
    void theTokensOfAPrefixAreTheTokensOfTheWholeText(String name) throws Exception {
        PackedModel model = ModelCatalog.bundled().find(name).orElseThrow();
        try (TextTokenizer tokenizer = new TextTokenizer(model, MAX_TOKENS);
                HuggingFaceTokenizer whole = HuggingFaceTokenizer.newInstance(
                        new ByteArrayInputStream(model.file("tokenizer")),
                        Map.of("truncation", "true", "maxLength", Integer.toString(MAX_TOKENS), "padding", "false"))) {
            for (String text : longTexts()) {
                assertThat(tokenizer.encode(text).getIds())
                        .as("%s …", text.substring(0, 5))
                        .containsExactly(whole.encode(text).getIds());
                assertThat(tokenizer.encode(text).getAttentionMask())
                        .containsExactly(whole.encode(text).getAttentionMask());
            }
        }
    }

    @Test
    void aCutNeverSplitsASurrogatePair() {
        String text = "a\uD83D\uDE00b";
        assertThat(TextTokenizer.prefix(text, 2)).isEqualTo("a");
        assertThat(TextTokenizer.prefix(text, 3)).isEqualTo("a\uD83D\uDE00");
        assertThat(TextTokenizer.prefix(text, 4)).isSameAs(text);
    }

    /** 16 Mi characters would take the tokenizer half a minute and gigabytes. */
    @Test
    @Timeout(60)
    void ofSixteenMebibytesABoundedPrefixIsRead() {
        assertThat(TextTokenizer.lengths(16 << 20, 512)).containsExactly(8192, 65_536);
        assertThat(TextTokenizer.lengths(8192, 512)).isEmpty();
        assertThat(TextTokenizer.lengths(16 << 20, 1 << 20)).isEmpty();
        PackedModel model = ModelCatalog.bundled().find("text-bge-small-en").orElseThrow();
        try (TextTokenizer tokenizer = new TextTokenizer(model, 512)) {
            assertThat(tokenizer
                            .encode("some words of a long text, ".repeat((16 << 20) / 27))
                            .getIds())
                    .hasSize(512);
            assertThat(tokenizer.encode("x".repeat(16 << 20)).getIds())
                    .as("one unknown word")
                    .hasSize(3);
        }
    }
}
