// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sensorium.job.text.TermList.Match;
import io.sensorium.job.text.TermMatcher.Found;
import io.sensorium.job.text.TermMatcher.Occurrence;
import java.lang.management.ManagementFactory;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermMatcherTest {

    private static final int ALL = Integer.MAX_VALUE;

    private static TermMatcher matcher(Match match, String... terms) {
        return TermMatcher.of(
                new TermList("l", match, Arrays.asList(terms), UUID.randomUUID().toString()));
    }

    private static Found find(Match match, String text, String... terms) {
        return matcher(match, terms).find(FoldedText.of(text), ALL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "it is free          | free    | 1",
                "FREE! Free? frée    | free    | 3",
                "ｆｒｅｅ 𝓯𝓻𝓮𝓮 🅵🆁🅴🅴 ⓕⓡⓔⓔ | free    | 4",
                "frее and fгee       | free    | 2",
                "fr33 fr3e           | free    | 2",
                "f r e e, f.r.e.e    | free    | 2",
                "f-r-3-3             | free    | 1",
                "f r ee              | free    | 0",
                "of reed, freedom    | free    | 0",
                "the rapist          | therapist | 0",
                "he'll               | hell    | 0",
                "$hit @ss            | shit    | 1",
                "@ss @ss! a$$ a$$!   | ass     | 4",
                "cla$$ b@ss joe@ss.x | ass     | 0",
                "k1ll ki11 kil1      | kill    | 3",
                "kiil                | kill    | 0",
                "1488 l488           | 1488    | 1",
                "kill  yourself, kill-yourself, killyourself, k i l l yourself | kill yourself | 4",
                "fr\u200bee f\u00adree | free  | 2",
                "straße STRASSE      | strasse | 2",
                "他是笨蛋啊            | 笨蛋     | 1",
                "free free           | @free   | 0",
                "@free afree         | @free   | 2",
                "ﬁre                 | fi      | 0",
                "ﬁ                   | fi      | 1",
                "aa aaa              | aa      | 1",
            })
    void findsWholeWords(String text, String term, int times) {
        assertThat(find(Match.WORDS, text, term).count()).isEqualTo(times);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "YOUFREEDOM          | free    | 1",
                "of reed             | free    | 1",
                "f r e e             | free    | 1",
                "youfr33dom          | free    | 1",
                "cost $5 at eight    | sat     | 0",
                "killyourselfnow     | kill yourself | 1",
                "freefree            | free    | 2",
            })
    void findsParts(String text, String term, int times) {
        assertThat(find(Match.PARTS, text, term).count()).isEqualTo(times);
    }

    @Test
    void ofOverlappingOccurrencesTheFirstAndLongestCounts() {
        assertThat(find(Match.PARTS, "xabcdx bcde", "bc", "abc", "bcde", "abcd"))
                .isEqualTo(new Found(2, List.of(new Occurrence("abcd", 1, 5), new Occurrence("bcde", 7, 11))));
        assertThat(matcher(Match.PARTS, "a").find(FoldedText.of("aaaa"), 2))
                .isEqualTo(new Found(4, List.of(new Occurrence("a", 0, 1), new Occurrence("a", 1, 2))));
    }

    @Test
    void theSameFileIsCompiledOnce() {
        TermList list = new TermList("a", Match.WORDS, List.of("x"), "hash of a file");
        TermMatcher first = TermMatcher.of(list);
        assertThat(TermMatcher.of(new TermList("b", Match.WORDS, List.of("x"), "hash of a file")))
                .isSameAs(first);
        assertThat(TermMatcher.of(new TermList("a", Match.PARTS, List.of("x"), "hash of a file")))
                .isNotSameAs(first);
    }

    @Test
    void aLongTextIsSearchedForManyTerms() {
        Random random = new Random(5);
        List<String> terms = IntStream.range(0, 100_000)
                .mapToObj(i -> random.ints(10, 'a', 'z' + 1)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString())
                .toList();
        TermMatcher matcher = matcher(Match.WORDS, terms.toArray(String[]::new));
        String text = String.join(" ", terms.subList(0, 50_000)) + " " + "ab ".repeat(100_000);
        assertThat(matcher.find(FoldedText.of(text), 10).count()).isEqualTo(50_000);
    }

    /** The character with the longest decomposition, as many times as a text may have characters by default. */
    @Test
    void aTextOfTheLongestCharactersTakesBoundedMemoryAndTime() {
        String text = "\ufdfa".repeat(1_000_000) + " twit";
        TermMatcher matcher = matcher(Match.WORDS, "twit");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        long cpuBefore = threads.getCurrentThreadCpuTime();

        FoldedText folded = FoldedText.of(text);
        Found found = matcher.find(folded, ALL);
        int phrase = FoldedText.phrase(text).length();

        assertThat(found.first()).containsExactly(new Occurrence("twit", 1_000_001, 1_000_005));
        assertThat(folded.plain().size()).isEqualTo(4 * 1_000_000 + 4);
        assertThat(phrase).isEqualTo(4 * 1_000_000 + 5);
        assertThat(threads.getCurrentThreadAllocatedBytes() - allocatedBefore).isLessThan(200L << 20);
        assertThat(threads.getCurrentThreadCpuTime() - cpuBefore).isLessThan(10_000_000_000L);
    }

    @Test
    void threadsThatAskTogetherGetOneObject() throws Exception {
        int count = 16;
        TermList list = new TermList(
                "l",
                Match.WORDS,
                IntStream.range(0, 20_000).mapToObj(i -> "term" + i).toList(),
                UUID.randomUUID().toString());
        CyclicBarrier together = new CyclicBarrier(count);
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<TermMatcher>> asked = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                asked.add(threads.submit(() -> {
                    together.await();
                    return TermMatcher.of(list);
                }));
            }
            TermMatcher first = asked.get(0).get();
            for (Future<TermMatcher> each : asked) {
                assertThat(each.get()).isSameAs(first);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** A search by a regular expression for each term at each place, which states the rules another way. */
    private static final class Oracle {
        private static final String INVISIBLE = "[\u0301\u200b]*";
        private static final String[] FORMS = {
            "aAàａа", "bBｂ", "cCçс", "dD", "eEéе", "fF", "iI", "lL", "oOо", "sS", "tT", "2", "3", "1"
        };
        private static final String SUBSTITUTES = "0o1i3e4a5s7t8b9g@a$s!i|i";
        private static final String SIGNS = "@$!|";

        private final List<String> terms;
        private final Match match;

        Oracle(Match match, List<String> terms) {
            this.match = match;
            this.terms = terms;
        }

        private static String letter(char letter, boolean leet) {
            StringBuilder all = new StringBuilder();
            String same = leet && (letter == 'i' || letter == 'l') ? "il" : String.valueOf(letter);
            for (char each : same.toCharArray()) {
                for (String forms : FORMS) {
                    if (forms.charAt(0) == each && !(leet && SUBSTITUTES.indexOf(each) % 2 == 0)) {
                        all.append(forms);
                    }
                }
                for (int i = 0; leet && i < SUBSTITUTES.length(); i += 2) {
                    if (SUBSTITUTES.charAt(i + 1) == each) {
                        all.append(SUBSTITUTES.charAt(i));
                    }
                }
            }
            return all.isEmpty() ? "(?!)" : "[" + all + "]";
        }

        private Pattern pattern(String term, boolean leet) {
            String gap = "(?:" + INVISIBLE + "[^\\p{L}\\p{N}\u0301\u200b" + (leet ? SIGNS : "") + "])";
            StringBuilder all = new StringBuilder();
            for (String word : term.split(" ")) {
                List<String> letters =
                        word.chars().mapToObj(each -> letter((char) each, leet)).toList();
                String closed = String.join(INVISIBLE, letters);
                String spelled = String.join(gap + "+" + INVISIBLE, letters);
                String anyhow = String.join(gap + "*" + INVISIBLE, letters);
                all.append(all.isEmpty() ? "" : gap + "*" + INVISIBLE)
                        .append(match == Match.PARTS && !leet ? anyhow : "(?:" + closed + "|" + spelled + ")");
            }
            String before = "(?<![\\p{L}\\p{N}][\u0301\u200b]{0,20})";
            String after = "(?!" + INVISIBLE + "[\\p{L}\\p{N}])";
            return Pattern.compile(match == Match.WORDS ? before + all + after : all.toString());
        }

        Found find(String text) {
            int[] longest = new int[text.length()];
            int[] best = new int[text.length()];
            for (boolean leet : new boolean[] {false, true}) {
                for (int i = 0; i < terms.size(); i++) {
                    Matcher matcher = pattern(terms.get(i), leet).matcher(text).useTransparentBounds(true);
                    for (int start = 0; start < text.length(); start++) {
                        if (INVISIBLE.indexOf(text.charAt(start)) >= 0
                                || !matcher.region(start, text.length()).lookingAt()) {
                            continue;
                        }
                        boolean substituted = matcher.group()
                                .chars()
                                .anyMatch(
                                        each -> "013457 89@$!|".replace(" ", "").indexOf(each) >= 0);
                        int end = matcher.end();
                        if (leet && !substituted) {
                            continue;
                        }
                        if (end > longest[start] || end == longest[start] && i < best[start]) {
                            longest[start] = end;
                            best[start] = i;
                        }
                    }
                }
            }
            List<Occurrence> all = new ArrayList<>();
            for (int start = 0; start < text.length(); start++) {
                int from = start;
                if (longest[start] > 0 && all.stream().allMatch(other -> other.end() <= from)) {
                    all.add(new Occurrence(terms.get(best[start]), start, longest[start]));
                }
            }
            all.sort(Comparator.comparingInt(Occurrence::start));
            return new Found(all.size(), all);
        }
    }

    @Test
    void findsWhatASearchByRegularExpressionsFinds() {
        String[] alphabet = {
            "a", "b", "c", "d", "e", "f", "i", "l", "o", "s", "t", "A", "E", "é", "à", "ç", "ａ", "ｂ", "а", "е", "о",
            "с", "0", "1", "2", "3", "5", "7", "@", "$", "!", "|", " ", " ", " ", ".", "-", "'", "\u0301", "\u200b",
            "🙂"
        };
        long seed = Long.getLong("sensorium.seed", 20_261_128L);
        Random random = new Random(seed);
        int found = 0;
        for (int round = 0; round < 3_000; round++) {
            Match match = Match.values()[random.nextInt(2)];
            List<String> terms = IntStream.range(0, 1 + random.nextInt(4))
                    .mapToObj(i -> term(random))
                    .distinct()
                    .toList();
            StringBuilder text = new StringBuilder();
            while (text.length() < 40) {
                text.append(
                        random.nextInt(6) == 0
                                ? written(terms.get(random.nextInt(terms.size())), random)
                                : alphabet[random.nextInt(alphabet.length)]);
            }
            Found expected = new Oracle(match, terms).find(text.toString());
            found += expected.count();
            assertThat(find(match, text.toString(), terms.toArray(String[]::new)))
                    .as("seed %d, round %d: %s %s in \"%s\"", seed, round, match, terms, text)
                    .isEqualTo(expected);
        }
        assertThat(found).isGreaterThan(1_000);
    }

    /** Half surrogates, marks, any scripts: nothing throws, and composition makes no difference. */
    @Test
    void anyTextIsSearched() {
        Random random = new Random(9);
        TermMatcher matcher = matcher(Match.PARTS, "a", "e", "o", "ss", "\u4e00", "\ud55c", "\u0915\u093f");
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 30) {
                switch (random.nextInt(4)) {
                    case 0 -> text.append((char) random.nextInt(1 << 16));
                    case 1 -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
                    case 2 -> text.append((char) ('a' + random.nextInt(26)));
                    default -> text.append((char) (0xC0 + random.nextInt(0x300)));
                }
            }
            Found found = matcher.find(FoldedText.of(text.toString()), ALL);
            int end = 0;
            for (Occurrence each : found.first()) {
                assertThat(each.start()).isGreaterThanOrEqualTo(end);
                assertThat(each.end()).isGreaterThan(each.start());
                end = each.end();
            }
            assertThat(end).isLessThanOrEqualTo(text.length());
            String decomposed = Normalizer.normalize(text, Normalizer.Form.NFD);
            assertThat(matcher.find(FoldedText.of(decomposed), 0).count())
                    .as("%s, round %d", text, round)
                    .isEqualTo(found.count());
            FoldedText.phrase(text.toString());
        }
    }

    private static String term(Random random) {
        StringBuilder term = new StringBuilder();
        for (int length = 1 + random.nextInt(4); length > 0; length--) {
            term.append("abcdefilost23".charAt(random.nextInt(random.nextInt(4) == 0 ? 13 : 11)));
            if (length > 1 && random.nextInt(6) == 0) {
                term.append(' ');
            }
        }
        return term.toString();
    }

    /** A term as someone might hide it. */
    private static String written(String term, Random random) {
        String gap = List.of("", "", " ", ".", " - ").get(random.nextInt(5));
        StringBuilder written = new StringBuilder(random.nextBoolean() ? " " : "");
        for (char letter : term.toCharArray()) {
            int substitute = random.nextInt(4) == 0 ? "oieastbg".indexOf(letter) : -1;
            written.append(substitute < 0 ? letter : "0!345789".charAt(substitute))
                    .append(gap);
        }
        return written.append(random.nextBoolean() ? " " : "").toString();
    }
}
