// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import io.sensorium.operators.bank.KnownItem;
import io.sensorium.operators.bank.PdqHasher;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.OutputFormat;
import java.time.Duration;

/** The {@code bank} section of a pipeline file. */
final class BankSection {

    private BankSection() {}

    static BankSettings read(ConfigNode root) {
        ConfigNode node = root.child("bank");
        BankSettings bank = new BankSettings(
                node.topic("topic", "moderation.bank"),
                OutputFormat.read(node),
                node.number("threshold", KnownItem.Image.MAX_BITS, 0, KnownItem.Image.MAX_BITS),
                node.number("min_quality", PdqHasher.USABLE_QUALITY, 0, 100),
                node.positiveDuration("load_timeout", Duration.ofMinutes(5)));
        node.refuseUnknown();
        return root.has("bank")
                ? bank
                : new BankSettings("", bank.format(), bank.threshold(), bank.minQuality(), bank.loadTimeout());
    }
}
