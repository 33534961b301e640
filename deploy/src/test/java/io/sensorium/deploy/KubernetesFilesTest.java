// SPDX-License-Identifier: Apache-2.0
package io.sensorium.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.job.config.PipelineFile;
import io.sensorium.job.records.OutputSchemas;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every manifest is one of its own operator's type, with no field that the type does not have; and they fit each other.
 */
class KubernetesFilesTest {

    private static final Path FOLDER = ProjectFiles.root().resolve("deploy/k8s");
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final ObjectMapper STRICT = new ObjectMapper()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true)
            .setAnnotationIntrospector(new NothingIsIgnored());
    private static final Map<String, Class<?>> TYPES = Map.ofEntries(
            Map.entry("Namespace", Namespace.class),
            Map.entry("Deployment", Deployment.class),
            Map.entry("Service", Service.class),
            Map.entry("ServiceAccount", ServiceAccount.class),
            Map.entry("PersistentVolumeClaim", PersistentVolumeClaim.class),
            Map.entry("NetworkPolicy", NetworkPolicy.class),
            Map.entry("PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("Role", Role.class),
            Map.entry("RoleBinding", RoleBinding.class),
            Map.entry("ServiceMonitor", ServiceMonitor.class),
            Map.entry("PodMonitor", PodMonitor.class),
            Map.entry("PrometheusRule", PrometheusRule.class),
            Map.entry("Kafka", Kafka.class),
            Map.entry("KafkaNodePool", KafkaNodePool.class),
            Map.entry("KafkaTopic", KafkaTopic.class),
            Map.entry("KafkaUser", KafkaUser.class));

    /** These types keep unknown fields in a map, or ignore them; here they are errors. */
    private static final class NothingIsIgnored extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public Boolean hasAnySetter(Annotated annotated) {
            return false;
        }

        @Override
        public JsonIgnoreProperties.Value findPropertyIgnoralByName(MapperConfig<?> config, Annotated annotated) {
            JsonIgnoreProperties.Value value = super.findPropertyIgnoralByName(config, annotated);
            return value == null ? null : value.withoutIgnoreUnknown();
        }
    }

    private static List<JsonNode> documents(Path file) throws Exception {
        List<JsonNode> documents = new ArrayList<>();
        try (var parser = new YAMLFactory().createParser(file.toFile())) {
            YAML.readerFor(JsonNode.class).<JsonNode>readValues(parser).forEachRemaining(documents::add);
        }
        return documents;
    }

    private static List<JsonNode> all() throws Exception {
        List<JsonNode> all = new ArrayList<>();
        JsonNode kustomization =
                YAML.readTree(FOLDER.resolve("kustomization.yaml").toFile());
        for (JsonNode resource : kustomization.get("resources")) {
            all.addAll(documents(FOLDER.resolve(resource.asText())));
        }
        return all;
    }

    private static void check(JsonNode document) throws Exception {
        String kind = document.path("kind").asText();
        if (kind.equals("FlinkDeployment")) {
            List<String> problems = new ArrayList<>();
            CustomResourceSchema.flinkDeployment().check(document, problems);
            assertThat(problems).as(document.at("/metadata/name").asText()).isEmpty();
            return;
        }
        assertThat(TYPES).as("a kind that is checked").containsKey(kind);
        STRICT.treeToValue(document, TYPES.get(kind));
    }

    @Test
    void everyManifestIsOfItsType() throws Exception {
        List<JsonNode> all = all();
        assertThat(all).hasSizeGreaterThan(25);
        for (JsonNode document : all) {
            check(document);
        }
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> !name.equals("kustomization.yaml") && !name.equals("pipeline.yaml"))
                            .toList())
                    .as("every file is a resource")
                    .allSatisfy(name -> assertThat(Files.readString(FOLDER.resolve("kustomization.yaml")))
                            .contains("- " + name));
        }
    }

    @Test
    void aFieldThatNobodyKnowsIsFound() throws Exception {
        for (String wrong : List.of(
                "apiVersion: apps/v1\nkind: Deployment\nspec: {replics: 2}",
                "apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nspec: {partition: 3}",
                "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nspec: {endpoints: [{prt: http}]}",
                "apiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\nspec: {authentication: {type: tls, kee: 1}}")) {
            assertThatThrownBy(() -> check(YAML.readTree(wrong))).hasMessageContaining("Unrecognized field");
        }
        List<String> problems = new ArrayList<>();
        CustomResourceSchema.flinkDeployment()
                .check(
                        YAML.readTree(
                                "kind: FlinkDeployment\nspec: {jb: {}, job: {parallelism: many, upgradeMode: sometimes}}"),
                        problems);
        assertThat(problems).hasSize(3);
    }

    @Test
    void theyFitEachOther() throws Exception {
        List<JsonNode> all = all();
        PipelineConfig config = PipelineFile.read(FOLDER.resolve("pipeline.yaml"));
        Set<String> wanted = new TreeSet<>(OutputSchemas.topics(config).keySet());
        config.modalities().forEach(modality -> wanted.add(modality.topic()));
        wanted.add(config.rollup().output());
        wanted.add(config.sideTopics().replayNotes());
        Set<String> made = new TreeSet<>();
        all.stream()
                .filter(document -> document.path("kind").asText().equals("KafkaTopic"))
                .forEach(document -> made.add(document.at("/metadata/name").asText()));
        assertThat(made).as("the topics that the pipeline reads and writes").isEqualTo(wanted);
        assertThat(YAML.readTree(FOLDER.resolve("alerts.yaml").toFile()).at("/spec/groups"))
                .as("alerts in one place and the other")
                .isEqualTo(YAML.readTree(ProjectFiles.root()
                                .resolve("deploy/prometheus/alerts.yml")
                                .toFile())
                        .get("groups"));
        all.forEach(document -> document.findValues("securityContext").stream()
                .filter(context -> context.has("allowPrivilegeEscalation"))
                .forEach(context -> assertThat(
                                context.get("allowPrivilegeEscalation").asBoolean())
                        .isFalse()));
        PipelineFile.read(ProjectFiles.root().resolve("deploy/config/pipeline.yaml"));
    }

    /**
     * Every pod that is not a broker has what it connects to in an egress policy, and producers can reach the registry.
     */
    @Test
    void networkPoliciesCoverBothDirections() throws Exception {
        Map<String, NetworkPolicy> policies = new java.util.TreeMap<>();
        for (JsonNode document : documents(FOLDER.resolve("network-policy.yaml"))) {
            NetworkPolicy policy = STRICT.treeToValue(document, NetworkPolicy.class);
            policies.put(policy.getMetadata().getName(), policy);
        }
        assertThat(policies.get("default-deny").getSpec().getPolicyTypes())
                .containsExactlyInAnyOrder("Ingress", "Egress");
        for (String app : List.of("flink", "rollup")) {
            assertThat(policies.get(app).getSpec().getEgress().stream()
                            .flatMap(rule -> rule.getPorts().stream())
                            .map(port -> port.getPort().getIntVal()))
                    .as(app + " reaches brokers and registry")
                    .contains(9093, 8080);
        }
        assertThat(policies.get("registry").getSpec().getIngress().stream()
                        .flatMap(rule -> rule.getFrom().stream())
                        .filter(peer -> peer.getNamespaceSelector() != null)
                        .map(peer -> peer.getPodSelector().getMatchLabels()))
                .as("pods of producers, in any namespace")
                .containsExactly(Map.of("sensorium.io/registry-client", "true"));
        assertThat(policies.get("dns").getSpec().getEgress()).isNotEmpty();
    }

    /** The API's own description of a custom resource, read from its operator's jar. */
    private record CustomResourceSchema(JsonNode schema) {

        static CustomResourceSchema flinkDeployment() throws Exception {
            try (InputStream in = KubernetesFilesTest.class.getResourceAsStream(
                    "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml")) {
                JsonNode schema = YAML.readTree(in).at("/spec/versions/0/schema/openAPIV3Schema");
                assertThat(schema.at("/properties/spec/properties")).isNotEmpty();
                return new CustomResourceSchema(schema);
            }
        }

        void check(JsonNode document, List<String> problems) {
            check("", document, schema, problems);
        }

        private static void check(String place, JsonNode value, JsonNode schema, List<String> problems) {
            String type = schema.path("type").asText();
            // This jar's list of versions ends before the one that is deployed; the operator's own release must know
            // it.
            if (schema.has("enum") && !place.equals(".spec.flinkVersion")) {
                boolean known = false;
                for (JsonNode each : schema.get("enum")) {
                    known |= each.asText().equals(value.asText());
                }
                if (!known) {
                    problems.add(place + " is " + value + ", expected one of " + schema.get("enum"));
                }
            }
            if (type.equals("object")) {
                value.fields().forEachRemaining(field -> {
                    String inner = place + "." + field.getKey();
                    if (schema.path("properties").has(field.getKey())) {
                        check(inner, field.getValue(), schema.at("/properties").get(field.getKey()), problems);
                    } else if (schema.path("additionalProperties").isObject()) {
                        check(inner, field.getValue(), schema.get("additionalProperties"), problems);
                    } else if (!schema.path("x-kubernetes-preserve-unknown-fields")
                                    .asBoolean()
                            && !Set.of(".kind", ".apiVersion", ".metadata").contains(inner)) {
                        problems.add(inner + " is not a field");
                    }
                });
            } else if (type.equals("array")) {
                for (int i = 0; i < value.size(); i++) {
                    check(place + "[" + i + "]", value.get(i), schema.get("items"), problems);
                }
            } else if (!schema.path("x-kubernetes-int-or-string").asBoolean()
                    && (type.equals("integer") && !value.isIntegralNumber()
                            || type.equals("number") && !value.isNumber()
                            || type.equals("boolean") && !value.isBoolean()
                            || type.equals("string") && !value.isTextual())) {
                problems.add(place + " is " + value + ", expected a " + type);
            }
        }
    }
}
