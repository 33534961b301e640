// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against hashes that facebook/ThreatExchange publishes. */
class PdqHashTest {

    /** Of {@code bridge-1-original.jpg}, by {@code pdq/java} and {@code pdq/cpp} of facebook/ThreatExchange. */
    private static final PdqHash BRIDGE =
            PdqHash.parse("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22");

    /** Of {@code bridge-2-rotate-90.jpg}. */
    private static final PdqHash ROTATED =
            PdqHash.parse("30a10efd71cc3d429013d48d0ffffc52e34e0e17ada952a9d29685211ea9e5af");

    /** Of the modified copies in {@code pdq/data/bridge-mods}: blurred, shrunk, sharpened, saturated and so on. */
    private static final List<String> MODIFIED = List.of(
            "f8f8f0cee0f4a84f06370a2a038f63f0b36e26d596621e1d33e6b39c4e9c9b22",
            "f8f8f0cee0f4a84f0637022a038f67f0b36e26d596621e1d33e6b39c4e9c9b22",
            "f8f8f0cee0f4a84f06370a2a068f67f0b36e26d596621e1d33e6339c4e9c9b22",
            "f8f8f0cee0f4a84f06370a22038f67f0b36e2ed596221e1d33e6b39c4e9c9b22",
            "f8f8f0cee0f4a84f0e370a22038f67f0b36e2ed596221e1d33e6b39c4a9c9b22",
            "d8f8f0cec0f4a84f8e370a22038f67f0b36a2ed597231e1d72e6b39c4a9c9b22",
            "f8f8f0cee0f4a84f06370a22038f67f0b36e2ed596621e1d33e6339c4e9c9b22",
            "d0f8f1ccc0f4a84d0a370a3a228f67f0b36e2ed5b6623e1d33e6339c4e9c9b22",
            "d8f8f1eec0f4a84f0e37022a078f63f0b36e2ed596621e1d33e6239c4e9c9b22",
            "d8f8f0cec4f4a84f0637022a078f67f0b36e2ee5b6621e1d33e6239c4e9c9b22",
            "d8f8f0cec0f4a84f0637022a278f67f0b36e2ed596621e1d33e6339c4e9c9b22");

    @Test
    void publishedHashesAreReadAndWritten() {
        assertThat(BRIDGE).hasToString("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22");
        assertThat(PdqHash.parse(BRIDGE.toString().toUpperCase())).isEqualTo(BRIDGE);
        assertThat(BRIDGE.word0()).isEqualTo(0x33e6b39c4e9c9b22L);
        assertThat(BRIDGE.ones()).isEqualTo(128);
        assertThat(ROTATED.ones()).isEqualTo(128);
    }

    /** {@code PDQHasherTest.java} of facebook/ThreatExchange expects this distance. */
    @Test
    void theDistanceIsThePublishedOne() {
        assertThat(BRIDGE.distance(ROTATED)).isEqualTo(120);
        assertThat(BRIDGE.distance(BRIDGE)).isZero();
    }

    @Test
    void modifiedCopiesAreWithinTheThresholdAndTheIndexFindsThem() {
        HashIndex index = new HashIndex();
        index.add(BRIDGE, HashIndex.MAX_THRESHOLD, 7);
        for (String hex : MODIFIED) {
            PdqHash modified = PdqHash.parse(hex);
            int distance = BRIDGE.distance(modified);
            assertThat(distance).isBetween(1, HashIndex.MAX_THRESHOLD);
            index.find(modified, (entry, found) -> assertThat(found).isEqualTo(distance));
            assertThat(HashIndexTest.found(index, modified)).containsExactly(7);
        }
        assertThat(HashIndexTest.found(index, ROTATED)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "f8f8",
                "g8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
                "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b2２",
                "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b220"
            })
    void otherTextIsRefused(String text) {
        assertThatThrownBy(() -> PdqHash.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 64 hexadecimal digits");
    }
}
