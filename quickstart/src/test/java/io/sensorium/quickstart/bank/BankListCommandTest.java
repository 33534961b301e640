// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.bank;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BankListCommandTest {

    @Test
    void onlyTextsThatAreCutEndInDots() {
        String smile = "\uD83D\uDE00";
        assertThat(BankListCommand.abridged("x".repeat(60))).isEqualTo("x".repeat(60));
        assertThat(BankListCommand.abridged("x".repeat(61))).isEqualTo("x".repeat(60) + "…");
        assertThat(BankListCommand.abridged(smile.repeat(60))).isEqualTo(smile.repeat(60));
        assertThat(BankListCommand.abridged(smile.repeat(61))).isEqualTo(smile.repeat(60) + "…");
    }
}
