// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.sensorium.job.text.TermList.Match;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TermListTest {

    private final List<String> problems = new ArrayList<>();

    private TermList parse(byte[] file) {
        return TermList.parse("list", Match.WORDS, file, problems::add);
    }

    private TermList parse(String file) {
        return parse(file.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aTermIsALine() {
        TermList list = parse("\ufeff# comment\r\n\r\n  bad words \nGrüße\n#no\n");
        assertThat(problems).isEmpty();
        assertThat(list.terms()).containsExactly("bad words", "Grüße");
        assertThat(list.sha256())
                .hasSize(64)
                .isEqualTo(parse("\ufeff# comment\r\n\r\n  bad words \nGrüße\n#no\n")
                        .sha256());
        assertThat(list.sha256()).isNotEqualTo(parse("bad words").sha256());
    }

    @Test
    void whatIsNoListIsRefusedWithItsLines() {
        parse("");
        parse("# only a comment\n");
        parse("good\n🙂\n...\nfine\n" + "x".repeat(201));
        parse("-\n".repeat(7));
        parse(new byte[] {'a', 0, 'b'});
        parse(new byte[] {'a', (byte) 0xff, 'b'});
        assertThat(problems)
                .satisfiesExactly(
                        problem -> assertThat(problem).contains("no terms"),
                        problem -> assertThat(problem).contains("no terms"),
                        problem -> assertThat(problem).contains("without a letter or digit, lines 2, 3;"),
                        problem -> assertThat(problem).contains("more than 200 characters, line 5;"),
                        problem -> assertThat(problem).contains("lines 1, 2, 3, 4, 5 and 2 more;"),
                        problem -> assertThat(problem).contains("is no text: byte 2 is zero"),
                        problem -> assertThat(problem).contains("not in UTF-8"));
    }
}
