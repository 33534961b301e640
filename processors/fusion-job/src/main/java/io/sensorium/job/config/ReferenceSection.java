// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.config;

import inet.ipaddr.IPAddressString;
import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads the file's {@code references}. */
final class ReferenceSection {

    /** Schemes that can be allowed, and what must be named with each. */
    private static final Map<String, String> SCHEMES =
            Map.of("file", "folders", "http", "hosts", "https", "hosts", "s3", "buckets");

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private ReferenceSection() {}

    static References read(ConfigNode root) {
        ConfigNode node = root.child("references");
        Map<String, List<String>> lists = Map.of(
                "folders", node.texts("folders"), "hosts", node.texts("hosts"), "buckets", node.texts("buckets"));
        List<String> schemes = new ArrayList<>();
        for (String scheme : node.texts("schemes")) {
            String needed = SCHEMES.get(scheme);
            if (needed == null) {
                node.problem(
                        "schemes",
                        "has \"" + scheme + "\", expected some of "
                                + SCHEMES.keySet().stream().sorted().toList()
                                + Suggestions.suggestion(scheme, SCHEMES.keySet()));
            } else {
                schemes.add(scheme);
                if (lists.get(needed).isEmpty()) {
                    node.problem(
                            needed,
                            "is empty, so that no reference of scheme " + scheme + " could be followed; name some");
                }
            }
        }
        lists.get("hosts").stream()
                .filter(host -> !host.matches("(\\*|(\\*\\.)?[A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+])(:[0-9]{1,5})?"))
                .forEach(host -> node.problem(
                        "hosts",
                        "has \"" + host
                                + "\", expected HOST, *.DOMAIN or *, with :PORT where it is not the scheme's own"));
        lists.get("folders").stream()
                .filter(folder -> !Path.of(folder).isAbsolute())
                .forEach(folder ->
                        node.problem("folders", "has \"" + folder + "\", expected an absolute path, of the workers"));
        List<String> addresses = node.texts("allow_addresses");
        addresses.stream()
                .filter(range -> !isRange(range))
                .forEach(range -> node.problem(
                        "allow_addresses",
                        "has \"" + range + "\", expected an address or a range such as 10.1.0.0/16"));
        ConfigNode breaker = node.child("circuit_breaker");
        var breaking = new References.Breaker(
                breaker.number("failure_percent", 50, 1, 100),
                breaker.number("calls", 20, 2, 10_000),
                breaker.positiveDuration("open", Duration.ofSeconds(30)));
        breaker.refuseUnknown();
        ConfigNode s3 = node.child("s3");
        var objects = new References.S3(
                s3.parsed(
                        "endpoint",
                        "",
                        "an address such as https://minio.example.org:9000",
                        ReferenceSection::endpoint),
                s3.text("region", "us-east-1"),
                s3.flag("path_style", false));
        s3.refuseUnknown();
        Duration timeout = node.positiveDuration("timeout", Duration.ofSeconds(10));
        Duration deadline = node.positiveDuration("deadline", timeout.compareTo(DEADLINE) > 0 ? timeout : DEADLINE);
        References references = new References(
                schemes,
                lists.get("hosts"),
                lists.get("folders"),
                lists.get("buckets"),
                addresses.stream().filter(ReferenceSection::isRange).toList(),
                node.positiveDuration("connect_timeout", Duration.ofSeconds(2)),
                timeout,
                deadline,
                node.number("attempts", 3, 1, 100),
                node.positiveDuration("backoff", Duration.ofMillis(200)),
                node.number("max_redirects", 3, 0, 20),
                node.number("in_flight", 8, 1, 1024),
                breaking,
                objects);
        node.refuseUnknown();
        return references;
    }

    private static boolean isRange(String text) {
        return new IPAddressString(text).isIPAddress();
    }

    private static String endpoint(String text) {
        URI uri = URI.create(text);
        if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }
}
