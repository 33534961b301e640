// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Every model of the packs on the class path and of further packs, by name and version. Immutable. */
public final class ModelCatalog {

    /** A file of every jar that holds packs: the folder of a pack on each line. */
    private static final String BUNDLED = "META-INF/sensorium-packs";

    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /** The packs on the class path, once they were read without a problem: they stay as they are. */
    private static volatile Map<String, PackedModel> bundledModels;

    private final Map<String, PackedModel> models;

    /** Names of the models that were left out for their problems, or their folders' where a manifest has none. */
    private final Set<String> leftOut;

    private ModelCatalog(Map<String, PackedModel> models, Set<String> leftOut) {
        this.models = Collections.unmodifiableMap(models);
        this.leftOut = leftOut;
    }

    /** A pack's {@code pack.yaml}: the folders of its models. */
    record PackIndex(String name, String version, List<String> models) {}

    /** The packs on the class path alone. */
    public static ModelCatalog bundled() {
        return load(List.of());
    }

    /**
     * The packs on the class path and further ones.
     *
     * @param packs folders that hold a {@code pack.yaml}
     * @throws PackException with every problem of every pack
     */
    public static ModelCatalog load(Collection<Path> packs) {
        List<String> problems = new ArrayList<>();
        ModelCatalog catalog = load(packs, problems);
        if (!problems.isEmpty()) {
            throw new PackException(problems);
        }
        return catalog;
    }

    /**
     * The models of the packs on the class path and of further ones, without those that have a problem, so that the
     * rest can be checked as well.
     *
     * @param packs folders that hold a {@code pack.yaml}
     * @param problems to which every problem of every pack is added
     */
    public static ModelCatalog load(Collection<Path> packs, List<String> problems) {
        Set<String> leftOut = new TreeSet<>();
        Map<String, PackedModel> models = new LinkedHashMap<>(bundledModels(problems, leftOut));
        for (Path pack : packs) {
            if (Files.isRegularFile(pack.resolve("pack.yaml"))) {
                readPack(pack.toAbsolutePath().toString(), models, problems, leftOut);
            } else {
                problems.add("packs: " + pack + " holds no pack.yaml; name the folder of a model pack");
            }
        }
        return new ModelCatalog(models, leftOut);
    }

    /** Read once: each of a pipeline's tasks loads the catalog. */
    private static Map<String, PackedModel> bundledModels(List<String> problems, Set<String> leftOut) {
        Map<String, PackedModel> read = bundledModels;
        if (read == null) {
            synchronized (ModelCatalog.class) {
                read = bundledModels;
                if (read == null) {
                    Map<String, PackedModel> models = new LinkedHashMap<>();
                    bundledPacks(problems).forEach(pack -> readPack("classpath:" + pack, models, problems, leftOut));
                    read = models;
                    if (problems.isEmpty()) {
                        bundledModels = models;
                    }
                }
            }
        }
        return read;
    }

    /** The packs on the class path, by name, so that their order does not depend on that of the jars. */
    private static Collection<String> bundledPacks(List<String> problems) {
        Collection<String> packs = new TreeSet<>();
        try {
            for (URL file : Collections.list(ModelCatalog.class.getClassLoader().getResources(BUNDLED))) {
                try (InputStream in = file.openStream()) {
                    packs.addAll(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.isBlank())
                            .toList());
                }
            }
        } catch (IOException e) {
            problems.add("classpath:" + BUNDLED + ": cannot be read: " + e);
        }
        return packs;
    }

    private static void readPack(
            String location, Map<String, PackedModel> models, List<String> problems, Set<String> leftOut) {
        PackIndex index = readYaml(location + "/pack.yaml", PackIndex.class, problems);
        if (index == null) {
            return;
        }
        if (index.models() == null) {
            problems.add(location + "/pack.yaml: models is missing, expected the folders of the pack's models");
            return;
        }
        for (String folder : index.models()) {
            String modelLocation = location + "/" + folder;
            ModelManifest manifest = readYaml(modelLocation + "/model.yaml", ModelManifest.class, problems);
            if (manifest == null) {
                leftOut.add(folder);
                continue;
            }
            List<String> wrong = ManifestCheck.problems(manifest);
            wrong.forEach(problem -> problems.add(modelLocation + "/model.yaml: " + problem));
            if (!wrong.isEmpty()) {
                leftOut.add(manifest.name() == null ? folder : manifest.name());
            } else if (models.putIfAbsent(manifest.id(), new PackedModel(manifest, modelLocation)) != null) {
                problems.add(modelLocation + "/model.yaml: " + manifest.id()
                        + " is in another pack already; give it another name or version");
            }
        }
    }

    private static <T> T readYaml(String file, Class<T> type, List<String> problems) {
        try (InputStream in = file.startsWith("classpath:")
                ? ModelCatalog.class.getResourceAsStream(file.substring("classpath:".length()))
                : Files.newInputStream(Path.of(file))) {
            if (in == null) {
                problems.add(file + ": no such file");
                return null;
            }
            List<String> unknown = new ArrayList<>();
            T read = YAML.readerFor(type).withHandler(new UnknownKeys(unknown)).readValue(in);
            unknown.forEach(problem -> problems.add(file + ": " + problem));
            if (read == null) {
                problems.add(file + ": is empty, expected name, version and "
                        + (type == PackIndex.class ? "models" : "kind"));
            }
            return read;
        } catch (JsonProcessingException e) {
            problems.add(file + ": " + e.getOriginalMessage()
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ")"));
        } catch (IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
        }
        return null;
    }

    /** Collects every key that a pack's file has and the format does not, with its place and the nearest known key. */
    private static final class UnknownKeys extends DeserializationProblemHandler {

        private final List<String> problems;

        UnknownKeys(List<String> problems) {
            this.problems = problems;
        }

        @Override
        public boolean handleUnknownProperty(
                DeserializationContext context,
                JsonParser parser,
                JsonDeserializer<?> deserializer,
                Object beanOrClass,
                String name)
                throws IOException {
            Collection<Object> known = deserializer == null ? null : deserializer.getKnownPropertyNames();
            String path = parser.getParsingContext()
                    .pathAsPointer()
                    .toString()
                    .substring(1)
                    .replace('/', '.');
            problems.add((path.isEmpty() ? name : path) + ": unknown key"
                    + (known == null
                            ? ""
                            : ManifestCheck.nearest(
                                    name, known.stream().map(Object::toString).toList())));
            parser.skipChildren();
            return true;
        }
    }

    /** All models in the order of their packs. */
    public Collection<PackedModel> models() {
        return models.values();
    }

    /**
     * The model of a {@code name} (its highest version) or {@code name@version}, at the precision that its manifest
     * chooses or, behind a slash, another: {@code name@version/fp32}.
     *
     * @throws PackException when the model has no such precision
     */
    public Optional<PackedModel> find(String reference) {
        int slash = reference.indexOf('/');
        return slash < 0
                ? named(reference)
                : named(reference.substring(0, slash))
                        .map(model -> model.withPrecision(reference.substring(slash + 1)));
    }

    private Optional<PackedModel> named(String reference) {
        if (models.containsKey(reference)) {
            return Optional.of(models.get(reference));
        }
        return models.values().stream()
                .filter(model -> model.manifest().name().equals(reference))
                .max(Comparator.comparing(model -> model.manifest().version(), ModelCatalog::compareVersions));
    }

    /** Whether a reference that {@link #find} does not resolve may mean a model that was left out for its problems. */
    public boolean isLeftOut(String reference) {
        return leftOut.contains(reference.split("[@/]", 2)[0]);
    }

    /** The models of one kind. */
    public List<PackedModel> ofKind(ModelKind kind) {
        return models.values().stream()
                .filter(model -> model.manifest().kind() == kind)
                .toList();
    }

    static int compareVersions(String left, String right) {
        String[] a = left.split("\\.");
        String[] b = right.split("\\.");
        for (int i = 0; i < Math.max(a.length, b.length); i++) {
            String x = i < a.length ? a[i] : "0";
            String y = i < b.length ? b[i] : "0";
            boolean numbers = x.matches("\\d{1,9}") && y.matches("\\d{1,9}");
            int order = numbers ? Integer.compare(Integer.parseInt(x), Integer.parseInt(y)) : x.compareTo(y);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }
}
