// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.pack;

import io.sensorium.operators.pack.ModelManifest.FileSpec;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import io.sensorium.operators.pack.ModelManifest.Terms;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A model of a pack: its manifest and its bytes, read and checked by hash when asked for. Immutable. */
public final class PackedModel {

    private static final String CLASSPATH = "classpath:";

    private final ModelManifest manifest;
    private final String location;
    private final String sha256;
    private final String reference;

    /**
     * What stands for the encoder of a modality whose events bring their embeddings: no graph, no file.
     *
     * @param dimension of the embeddings
     * @param model name or name@version that events must state; empty for any
     */
    public static PackedModel ofEmbeddings(int dimension, String model) {
        int at = model.indexOf('@');
        String name = model.isEmpty() ? "embedding" : at < 0 ? model : model.substring(0, at);
        String version = model.isEmpty() ? Integer.toString(dimension) : at < 0 ? "any" : model.substring(at + 1);
        return new PackedModel(
                new ModelManifest(
                        name,
                        version,
                        ModelKind.EMBEDDING,
                        null,
                        null,
                        "embeddings of " + dimension + " numbers, encoded elsewhere",
                        "-",
                        "-",
                        new Terms("yes", List.of()),
                        null,
                        null,
                        dimension,
                        null,
                        null,
                        null,
                        true,
                        0,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null),
                "");
    }

    /** @param location the model's folder, or {@code classpath:/folder} */
    PackedModel(ModelManifest manifest, String location) {
        this(manifest, location, manifest.id());
    }

    private PackedModel(ModelManifest manifest, String location, String reference) {
        this.reference = reference;
        this.manifest = manifest;
        this.location = location;
        this.sha256 = identity(manifest);
    }

    public ModelManifest manifest() {
        return manifest;
    }

    /**
     * The model's identity as lower-case hex SHA-256: its graph's hash, or, of several graphs, between which code
     * stands, where parts are kept, weights lie in files of their own or one output of several is chosen, the hash of
     * all of these joined in the order of their roles and of the version.
     */
    public String sha256() {
        return sha256;
    }

    /**
     * What {@link ModelCatalog#find} finds it by: name@version, and the precision where it is not the manifest's own
     * choice.
     */
    public String reference() {
        return reference;
    }

    /**
     * The same at another precision.
     *
     * @throws PackException when the model has no such variant
     */
    PackedModel withPrecision(String precision) {
        if (precision.equals(manifest.precision())) {
            return this;
        }
        if (!manifest.variants().containsKey(precision)) {
            throw new PackException(manifest.id() + ": there is no precision \"" + precision + "\"; it has "
                    + (manifest.variants().isEmpty()
                            ? "one alone, so leave it out"
                            : new TreeSet<>(manifest.variants().keySet())));
        }
        return new PackedModel(manifest.withPrecision(precision), location, manifest.id() + "/" + precision);
    }

    /**
     * The bytes of one graph.
     *
     * @throws PackException when the file is missing or its hash is not the manifest's
     */
    public byte[] graph(String role) {
        GraphSpec spec = manifest.graphs().get(role);
        if (spec == null) {
            throw new PackException(manifest.id() + ": no graph \"" + role + "\", the manifest has "
                    + manifest.graphs().keySet());
        }
        return read(spec.file(), spec.sha256());
    }

    /**
     * A graph, checked, in the form in which ONNX Runtime is to load it.
     *
     * @param bytes the graph's file; empty where {@code path} is not null
     * @param path where it lies, for a graph whose weights are in files beside it, which ONNX Runtime finds by it
     *     alone; else null
     */
    public record GraphFile(byte[] bytes, Path path) {}

    /**
     * A graph and its files of weights. Of files of any size one part at a time is held in memory.
     *
     * @throws PackException when a file is missing, its hash is not the manifest's, or the graph refers to one that the
     *     manifest does not list
     */
    public GraphFile graphFile(String role) {
        byte[] bytes = graph(role);
        GraphSpec spec = manifest.graphs().get(role);
        String where = manifest.id() + ": graph " + role + " (" + spec.file() + ")";
        Set<String> files;
        try {
            files = ExternalData.files(bytes);
        } catch (IllegalArgumentException e) {
            throw new PackException(where + " is not an ONNX graph: " + e.getMessage());
        }
        List<String> problems = new ArrayList<>();
        spec.data().keySet().stream()
                .filter(file -> !files.contains(file))
                .forEach(file -> problems.add(where + ": the manifest lists the data file " + file
                        + ", the graph refers to " + (files.isEmpty() ? "none" : files) + "; leave it out"));
        boolean inFolder = !spec.file().startsWith(CLASSPATH) && !location.startsWith(CLASSPATH);
        if (!files.isEmpty() && !inFolder) {
            problems.add(where + " keeps its weights in " + files
                    + ", which cannot be read from a class path; put the pack into a folder");
        }
        Path graph = inFolder
                ? Path.of(location)
                        .toAbsolutePath()
                        .normalize()
                        .resolve(spec.file())
                        .normalize()
                : null;
        for (String file : inFolder ? files : Set.<String>of()) {
            data(where, graph, file, spec.data().get(file), problems);
        }
        if (!problems.isEmpty()) {
            throw new PackException(problems);
        }
        return files.isEmpty() ? new GraphFile(bytes, null) : new GraphFile(new byte[0], graph);
    }

    /** @param expected the manifest's hash; null where it lists none */
    private void data(String where, Path graph, String file, String expected, List<String> problems) {
        Path folder = graph.getParent();
        Path path;
        try {
            path = folder.resolve(file).normalize();
        } catch (InvalidPathException e) {
            path = folder;
        }
        if (!path.startsWith(folder) || path.equals(folder)) {
            problems.add(where + " keeps weights in " + file
                    + ", expected a file in the graph's own folder; export it again with the data beside the graph");
            return;
        }
        try {
            String actual = sha256(path);
            if (expected == null) {
                problems.add(where + " keeps weights in " + file
                        + ", which the manifest does not list; add under graphs: data: {" + file + ": " + actual + "}");
            } else if (!actual.equals(expected)) {
                problems.add(manifest.id() + ": " + file + " has SHA-256 " + actual + ", the manifest has " + expected
                        + "; fetch the file again, or correct the manifest if the change is meant");
            }
        } catch (IOException e) {
            problems.add(where + " keeps weights in " + file + ", which cannot be read beside the graph, in " + folder
                    + " (" + e + "); put it there"
                    + (expected == null ? " and list it under graphs: data: {" + file + ": <sha256>}" : ""));
        }
    }

    /**
     * The bytes of a further file, such as the tokenizer.
     *
     * @throws PackException when the file is missing or its hash is not the manifest's
     */
    public byte[] file(String role) {
        FileSpec spec = manifest.files().get(role);
        if (spec == null) {
            throw new PackException(manifest.id() + ": no file \"" + role + "\", the manifest has "
                    + manifest.files().keySet());
        }
        return read(spec.file(), spec.sha256());
    }

    /** The model card's text, or null where it has none. */
    public String card() {
        if (manifest.card() == null) {
            return null;
        }
        try (InputStream in = open(manifest.card())) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new PackException(manifest.id() + ": cannot read the card " + manifest.card() + " in " + location
                    + ": " + e.getMessage());
        }
    }

    private byte[] read(String file, String expected) {
        try (InputStream in = open(file)) {
            byte[] bytes = in.readAllBytes();
            String actual = sha256(bytes);
            if (!actual.equals(expected)) {
                throw new PackException(manifest.id() + ": " + file + " has SHA-256 " + actual + ", the manifest has "
                        + expected + "; fetch the file again, or correct the manifest if the change is meant");
            }
            return bytes;
        } catch (IOException e) {
            throw PackException.ofTransient(
                    manifest.id() + ": cannot read " + file + " in " + location + ": " + e.getMessage());
        }
    }

    private InputStream open(String file) throws IOException {
        String path = file.startsWith(CLASSPATH) || !location.startsWith(CLASSPATH) ? file : location + "/" + file;
        if (path.startsWith(CLASSPATH)) {
            InputStream in = PackedModel.class.getResourceAsStream(path.substring(CLASSPATH.length()));
            if (in == null) {
                throw new IOException("no such resource on the class path");
            }
            return in;
        }
        Path folder = Path.of(location).toAbsolutePath().normalize();
        Path resolved = folder.resolve(path).normalize();
        if (!resolved.startsWith(folder)) {
            throw new IOException("the path leaves the model's folder");
        }
        return Files.newInputStream(resolved);
    }

    private static String identity(ModelManifest manifest) {
        if (manifest.kind() == ModelKind.EMBEDDING) {
            return sha256(("embedding " + manifest.id() + " " + manifest.dimension())
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        boolean plain = manifest.output() == null
                && manifest.graphs().values().stream()
                        .allMatch(graph ->
                                graph.data().isEmpty() && graph.constants().isEmpty());
        if (manifest.graphs().size() == 1 && manifest.parts() == null && plain) {
            return manifest.graphs().values().iterator().next().sha256();
        }
        StringBuilder joined = new StringBuilder();
        new TreeMap<>(manifest.graphs()).values().forEach(graph -> {
            joined.append(graph.sha256());
            new TreeMap<>(graph.data()).forEach((file, sha256) -> joined.append(sha256));
            new TreeMap<>(graph.constants())
                    .forEach((input, value) -> joined.append(input).append(value));
        });
        if (manifest.output() != null) {
            joined.append(manifest.output());
        }
        if (manifest.parts() != null) {
            joined.append(manifest.parts());
        }
        return sha256(
                joined.append(manifest.version()).toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = digest();
            byte[] part = new byte[1 << 20];
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                digest.update(part, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        }
    }

    /** Lower-case hex SHA-256. */
    public static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest().digest(bytes));
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return reference;
    }
}
