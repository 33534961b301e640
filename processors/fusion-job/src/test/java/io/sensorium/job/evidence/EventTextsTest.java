// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.alignment.Evidence;
import io.sensorium.job.alignment.Evidence.FoundTerm;
import io.sensorium.job.alignment.Evidence.Reading;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.operators.encode.Passage;
import io.sensorium.operators.encode.Passage.Interval;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules ask of the whole text; no more is kept of it than may leave. */
class EventTextsTest {

    private static final String SLURS = "terms(\"slurs\", text)";

    @TempDir
    Path folder;

    @BeforeEach
    void list() throws Exception {
        Files.writeString(folder.resolve("slurs.txt"), "# two\ntwit\ndamn it\n");
    }

    private PipelineConfig config(String emit) throws Exception {
        return PipelineFile.parse(folder.resolve("pipeline.yaml").toString(), """
                modalities:
                  text: {encoder: text-bge-small-en}
                  audio: {encoder: audio-speech-embedding, derive: {speech: transcript}}
                operators:
                  sentiment: {type: sentiment}
                moderation:
                  terms: {slurs: slurs.txt, written: {file: slurs.txt, match: parts}}
                  rules:
                    slur: {when: 'terms("slurs", text) > 0 or text contains "Ça VA"', action: hide}
                    long: {when: 'length(speech) > 10 and terms(written, speech) > 1', action: review}
                %s
                """.formatted(emit));
    }

    @Test
    void withoutPermissionOnlyTheAnswersAreKept() throws Exception {
        EventTexts texts = EventTexts.of(config(""), "text");

        Evidence evidence = texts.read("You TW1T, damn  it: ca va?", List.of());

        assertThat(evidence)
                .isEqualTo(new Evidence(
                        null,
                        List.of(),
                        null,
                        new Reading(26, Map.of(SLURS, 2.0, "text contains \"Ça VA\"", 1.0), List.of())));
    }

    @Test
    void aModalityThatNothingAsksAboutIsNotRead() throws Exception {
        assertThat(EventTexts.of(config(""), "audio").isNeeded()).isFalse();
        assertThat(EventTexts.of(config(""), "audio").read("x", List.of())).isNull();
        assertThat(EventTexts.of(config(""), "speech").isNeeded()).isTrue();
    }

    @Test
    void withPermissionTheTextIsKeptWithThePlacesOfTermsInCodePoints() throws Exception {
        EventTexts texts = EventTexts.of(config("emit: {texts: [text, speech]}"), "speech");
        List<Passage> passages = List.of(
                new Passage("\uD83D\uDE00 what a twit", 0.5, new Interval(0, 900)),
                new Passage("damnit", 0.75, new Interval(1000, 1500)));

        Evidence evidence = texts.read("\uD83D\uDE00 what a twit damnit", passages);

        assertThat(evidence.text()).isEqualTo("\uD83D\uDE00 what a twit damnit");
        assertThat(evidence.passages()).isEqualTo(passages);
        assertThat(evidence.reading())
                .isEqualTo(new Reading(
                        20,
                        Map.of("length(speech)", 20.0, "terms(\"written\", speech)", 2.0),
                        List.of(new FoundTerm("written", "twit", 9, 13), new FoundTerm("written", "damn it", 14, 20))));
    }

    @Test
    void ofALongTextTheBeginningIsKeptAndAllOfItIsRead() throws Exception {
        EventTexts texts = EventTexts.of(config("emit: {texts: [text]}"), "text");
        String padding = "a" + "\uD83D\uDE00".repeat(5000) + " ";

        Evidence evidence = texts.read(padding + "twit ".repeat(100) + "ça va", List.of());

        assertThat(evidence.text())
                .isEqualTo("a" + "\uD83D\uDE00".repeat((EventTexts.MAX_CHARS - 1) / 2))
                .hasSizeLessThanOrEqualTo(EventTexts.MAX_CHARS);
        assertThat(evidence.reading().measures())
                .containsEntry(SLURS, 100.0)
                .containsEntry("text contains \"Ça VA\"", 1.0);
        assertThat(evidence.reading().length()).isEqualTo(5002 + 505);
        assertThat(evidence.reading().terms())
                .hasSize(EventTexts.MAX_TERMS)
                .startsWith(new FoundTerm("slurs", "twit", 5002, 5006));
        assertThat(evidence.stateBytes()).isLessThan(16 << 10);
    }

    @Test
    void ofManyPassagesThoseWithinTheBeginningAreKept() throws Exception {
        EventTexts texts = EventTexts.of(config("emit: {texts: [speech]}"), "speech");
        List<Passage> passages = IntStream.range(0, 1000)
                .mapToObj(i -> new Passage("nine char", 1, new Interval(i, i + 1)))
                .toList();

        Evidence evidence =
                texts.read(String.join(" ", passages.stream().map(Passage::text).toList()), passages);

        assertThat(evidence.text()).hasSize(EventTexts.MAX_CHARS);
        assertThat(evidence.passages()).isEqualTo(passages.subList(0, 819));
    }
}
