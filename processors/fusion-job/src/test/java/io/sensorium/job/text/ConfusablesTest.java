// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UScript;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import com.ibm.icu.util.VersionInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Folding against ICU. {@code confusables.txt} is made of ICU's data, so that its 14 MB are no part of the product;
 * {@code -Dsensorium.write-confusables=true} writes it.
 */
class ConfusablesTest {

    private static final Set<Integer> SCRIPTS = Set.of(
            UScript.LATIN,
            UScript.GREEK,
            UScript.CYRILLIC,
            UScript.ARMENIAN,
            UScript.CHEROKEE,
            UScript.COPTIC,
            UScript.LISU);

    private static final Path FILE = Path.of(System.getProperty("sensorium.root", "../.."))
            .resolve("processors/fusion-job/src/main/resources/io/sensorium/job/text/confusables.txt");

    /** Folded letters outside of ASCII, with the letter or digit that they or their capitals look like. */
    private static Map<Integer, String> confusables() {
        SpoofChecker checker = new SpoofChecker.Builder().build();
        Map<Integer, String> confusables = new TreeMap<>();
        IntStream.rangeClosed(0x80, Character.MAX_CODE_POINT)
                .filter(codePoint -> UCharacter.isLetter(codePoint) && SCRIPTS.contains(UScript.getScript(codePoint)))
                .filter(codePoint -> UCharacter.toLowerCase(codePoint) == codePoint)
                .filter(codePoint -> Normalizer2.getNFKDInstance().isNormalized(Character.toString(codePoint)))
                .forEach(codePoint -> {
                    String like = like(checker, codePoint);
                    if (like == null) {
                        like = like(checker, UCharacter.toUpperCase(codePoint));
                    }
                    if (like != null) {
                        confusables.put(codePoint, like);
                    }
                });
        return confusables;
    }

    /** Null for none. */
    private static String like(SpoofChecker checker, int codePoint) {
        String skeleton = UCharacter.foldCase(checker.getSkeleton(Character.toString(codePoint)), true);
        // ICU's skeletons compare m with rn.
        skeleton = skeleton.equals("rn") ? "m" : skeleton;
        return skeleton.length() == 1 && skeleton.charAt(0) < 0x80 && Character.isLetterOrDigit(skeleton.charAt(0))
                ? skeleton
                : null;
    }

    @Test
    void theTableIsOfIcusData() throws IOException {
        String table = "# Letters by what they look like, of Unicode's confusables.txt (UTS 39), ICU "
                + VersionInfo.ICU_VERSION.getMajor() + "; made by ConfusablesTest. Unicode License v3.\n"
                + confusables().entrySet().stream()
                        .map(entry -> Integer.toHexString(entry.getKey()) + " " + entry.getValue() + "\n")
                        .collect(Collectors.joining());
        if (Boolean.getBoolean("sensorium.write-confusables")) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, table);
        }
        try (InputStream in = Files.newInputStream(FILE)) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(table);
        }
    }

    /** What ICU's case folding with compatibility composition makes equal is equal here. */
    @Test
    void aCharacterAndIcusFoldingOfItAreTheSame() {
        Normalizer2 folding = Normalizer2.getNFKCCasefoldInstance();
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(codePoint -> Character.isLetterOrDigit(codePoint) && UCharacter.isDefined(codePoint))
                .filter(codePoint -> !CharacterFolding.isIgnored(codePoint))
                .forEach(codePoint -> assertThat(first(letters(folding.normalize(Character.toString(codePoint)))))
                        .as("U+%04X %s", codePoint, UCharacter.getName(codePoint))
                        .isEqualTo(letters(Character.toString(codePoint))));
    }

    /** Of the few characters that stand for long words the first letters count. */
    private static String first(String letters) {
        return letters.substring(0, Math.min(letters.length(), CharacterFolding.MOST_LETTERS));
    }

    @Test
    void noCharacterFoldsToManyLettersOrHalfAPair() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT).forEach(codePoint -> {
            String letters = CharacterFolding.letters(codePoint);
            assertThat(letters.length()).as("U+%04X", codePoint).isLessThanOrEqualTo(CharacterFolding.MOST_LETTERS);
            if (!Character.isSurrogate((char) codePoint) || Character.isSupplementaryCodePoint(codePoint)) {
                assertThat(letters.codePoints().anyMatch(each -> each >= 0xD800 && each < 0xE000))
                        .as("U+%04X", codePoint)
                        .isFalse();
            }
        });
    }

    /** Composed and decomposed texts are the same. */
    @Test
    void aCharacterAndItsDecompositionAreTheSame() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(codePoint -> Character.isDefined(codePoint) && !Character.isSurrogate((char) codePoint))
                .forEach(codePoint -> assertThat(
                                letters(Normalizer2.getNFDInstance().normalize(Character.toString(codePoint))))
                        .as("U+%04X", codePoint)
                        .isEqualTo(letters(Character.toString(codePoint))));
    }

    private static String letters(String text) {
        return text.codePoints().mapToObj(CharacterFolding::letters).collect(Collectors.joining());
    }
}
