// SPDX-License-Identifier: Apache-2.0
package io.sensorium.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compose files by docker-compose's own check, alerts and panels by Prometheus's own parser, images by what they copy.
 */
@Tag("slow")
class ComposeAndMonitoringTest {

    @TempDir
    Path folder;

    @Test
    void composeFilesAreWhole() throws Exception {
        Optional<Path> compose = ProjectFiles.tool("docker-compose", "docker-compose");
        assumeTrue(compose.isPresent(), "skipped: there is no docker-compose, and apt-get does not bring one");
        for (List<String> files : List.of(
                List.of("-f", "docker-compose.yml"),
                List.of("-f", "docker-compose.yml", "-f", "deploy/compose.gpu.yml"))) {
            List<String> command = new ArrayList<>(List.of(compose.get().toString()));
            command.addAll(files);
            command.addAll(List.of("config", "--quiet"));
            ProjectFiles.Outcome outcome = ProjectFiles.run(ProjectFiles.root(), command);
            assertThat(outcome.exitCode()).as(files + ": " + outcome.output()).isZero();
        }
        JsonNode services = new YAMLMapper()
                .readTree(ProjectFiles.root().resolve("docker-compose.yml").toFile())
                .get("services");
        services.fields()
                .forEachRemaining(service -> service.getValue()
                        .path("ports")
                        .forEach(port -> assertThat(port.asText())
                                .as(service.getKey() + "'s ports are this machine's own")
                                .startsWith("127.0.0.1:")));
        services.fields()
                .forEachRemaining(service -> service.getValue().path("volumes").forEach(volume -> {
                    String source = volume.asText().split(":")[0];
                    if (source.startsWith("./")) {
                        assertThat(ProjectFiles.root().resolve(source))
                                .as("mounted into " + service.getKey())
                                .exists();
                    }
                }));
    }

    @Test
    void alertsAndPanelsAreExpressions() throws Exception {
        Optional<Path> promtool = ProjectFiles.tool("promtool", "prometheus");
        assumeTrue(
                promtool.isPresent(), "skipped: there is no promtool, and apt-get does not bring Debian's prometheus");
        ProjectFiles.Outcome alerts = ProjectFiles.run(
                ProjectFiles.root(),
                List.of(promtool.get().toString(), "check", "rules", "deploy/prometheus/alerts.yml"));
        assertThat(alerts.exitCode()).as(alerts.output()).isZero();
        // Grafana fills in its own variables; a panel's expression is then a rule's.
        List<Map<String, String>> rules = new ArrayList<>();
        for (JsonNode panel : new ObjectMapper()
                .readTree(ProjectFiles.root()
                        .resolve("deploy/grafana/dashboards/sensorium.json")
                        .toFile())
                .get("panels")) {
            for (JsonNode target : panel.path("targets")) {
                rules.add(Map.of(
                        "record",
                        "panel:" + panel.get("id").asInt() + ":"
                                + target.get("refId").asText().toLowerCase(java.util.Locale.ROOT),
                        "expr",
                        target.get("expr").asText().replace("$__rate_interval", "5m")));
            }
        }
        assertThat(rules).hasSizeGreaterThan(40);
        Path file = folder.resolve("panels.yml");
        new YAMLMapper().writeValue(file.toFile(), Map.of("groups", List.of(Map.of("name", "panels", "rules", rules))));
        ProjectFiles.Outcome panels =
                ProjectFiles.run(folder, List.of(promtool.get().toString(), "check", "rules", file.toString()));
        assertThat(panels.exitCode()).as(panels.output()).isZero();
        for (JsonNode rule : new YAMLMapper()
                .readTree(ProjectFiles.root()
                        .resolve("deploy/prometheus/alerts.yml")
                        .toFile())
                .at("/groups/0/rules")) {
            assertThat(rule.at("/annotations/runbook").asText())
                    .as(rule.get("alert").asText() + " has a runbook")
                    .isNotBlank();
        }
    }

    /** Alerts fire when the series that they are about are gone, which a comparison alone never does. */
    @Test
    void alertsFireWhenTheirSeriesVanish() throws Exception {
        Optional<Path> promtool = ProjectFiles.tool("promtool", "prometheus");
        assumeTrue(
                promtool.isPresent(), "skipped: there is no promtool, and apt-get does not bring Debian's prometheus");
        Path alerts = ProjectFiles.root().resolve("deploy/prometheus/alerts.yml");
        List<Map<String, Object>> tests = new ArrayList<>();
        for (JsonNode rule : new YAMLMapper().readTree(alerts.toFile()).at("/groups/0/rules")) {
            String alert = rule.get("alert").asText();
            if (List.of("SensoriumJobGone", "SensoriumRollupDown").contains(alert)) {
                String series = alert.equals("SensoriumJobGone")
                        ? "flink_jobmanager_job_numRestarts{job_name=\"x\"}"
                        : "up{job=\"rollup\", instance=\"a\"}";
                Map<String, Object> labels = new java.util.LinkedHashMap<>(Map.of("severity", "critical"));
                if (alert.equals("SensoriumRollupDown")) {
                    labels.put("job", "rollup");
                }
                tests.add(Map.of(
                        "interval",
                        "1m",
                        "input_series",
                        List.of(Map.of("series", series, "values", "1x10")),
                        "alert_rule_test",
                        List.of(
                                Map.of("eval_time", "9m", "alertname", alert, "exp_alerts", List.of()),
                                Map.of(
                                        "eval_time",
                                        "25m",
                                        "alertname",
                                        alert,
                                        "exp_alerts",
                                        List.of(Map.of(
                                                "exp_labels",
                                                labels,
                                                "exp_annotations",
                                                Map.of(
                                                        "summary",
                                                        rule.at("/annotations/summary")
                                                                .asText(),
                                                        "runbook",
                                                        rule.at("/annotations/runbook")
                                                                .asText())))))));
            }
        }
        assertThat(tests).hasSize(2);
        Path file = folder.resolve("alerts-test.yml");
        new YAMLMapper()
                .writeValue(
                        file.toFile(),
                        Map.of("rule_files", List.of(alerts.toString()), "evaluation_interval", "1m", "tests", tests));
        ProjectFiles.Outcome outcome =
                ProjectFiles.run(folder, List.of(promtool.get().toString(), "test", "rules", file.toString()));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }

    /** What an image copies is in the project, or made by its build; and none runs as root. */
    @Test
    void imagesCopyWhatThereIs() throws Exception {
        try (Stream<Path> files = Files.list(ProjectFiles.root().resolve("deploy/docker"))) {
            for (Path dockerfile : files.filter(file -> file.toString().endsWith(".Dockerfile"))
                    .toList()) {
                List<String> lines = Files.readString(dockerfile)
                        .replace("\\\n", " ")
                        .lines()
                        .map(String::strip)
                        .toList();
                assertThat(lines.stream()
                                .filter(line -> line.startsWith("USER "))
                                .reduce((one, other) -> other))
                        .as(dockerfile + "'s last user")
                        .isPresent()
                        .get()
                        .asString()
                        .doesNotContain("root");
                assertThat(lines.stream().filter(line -> line.startsWith("FROM ")))
                        .as("a version, not whatever is newest")
                        .allSatisfy(line -> assertThat(line)
                                .matches("FROM \\S+:\\S+( AS \\S+)?")
                                .doesNotContain("latest"));
                for (String line : lines) {
                    if (line.startsWith("COPY ") && !line.contains("--from=")) {
                        String source = Stream.of(line.split("\\s+"))
                                .skip(1)
                                .filter(word -> !word.startsWith("--"))
                                .findFirst()
                                .orElseThrow();
                        assertThat(ProjectFiles.root()
                                        .resolve(
                                                source.contains("/target/")
                                                        ? source.substring(0, source.indexOf("/target/")) + "/pom.xml"
                                                        : source))
                                .as(line)
                                .exists();
                    }
                }
            }
        }
    }
}
