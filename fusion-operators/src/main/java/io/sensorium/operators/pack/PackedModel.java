package io.sensorium.operators.pack;

import io.sensorium.operators.pack.ModelManifest.FileSpec;
import io.sensorium.operators.pack.ModelManifest.GraphSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model of a pack: its manifest and its bytes, read and checked by hash when asked for. Immutable.
 */
public final class PackedModel {

    private static final String CLASSPATH = "classpath:";

    private final ModelManifest manifest;
    private final String location;
    private final String sha256;
    private final String reference;

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
     * The model's identity as lower-case hex SHA-256: its graph's hash, or, of several graphs, between which code stands, and where parts are kept, the hash
     * of their hashes joined in the order of their roles and of the version.
     */
    public String sha256() {
        return sha256;
    }

    /** What {@link ModelCatalog#find} finds it by: name@version, and the precision where it is not the manifest's own choice. */
    public String reference() {
        return reference;
    }

    /** The same at another precision. @throws PackException when the model has no such variant */
    PackedModel withPrecision(String precision) {
        if (precision.equals(manifest.precision())) {
            return this;
        }
        if (!manifest.variants().containsKey(precision)) {
            throw new PackException(manifest.id() + ": there is no precision \"" + precision + "\"; it has "
                    + (manifest.variants().isEmpty() ? "one alone, so leave it out" : new TreeSet<>(manifest.variants().keySet())));
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
            throw new PackException(manifest.id() + ": no graph \"" + role + "\", the manifest has " + manifest.graphs().keySet());
        }
        return read(spec.file(), spec.sha256());
    }

    /**
     * The bytes of a further file, such as the tokenizer.
     *
     * @throws PackException when the file is missing or its hash is not the manifest's
     */
    public byte[] file(String role) {
        FileSpec spec = manifest.files().get(role);
        if (spec == null) {
            throw new PackException(manifest.id() + ": no file \"" + role + "\", the manifest has " + manifest.files().keySet());
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
            throw new PackException(manifest.id() + ": cannot read the card " + manifest.card() + " in " + location + ": " + e.getMessage());
        }
    }

    private byte[] read(String file, String expected) {
        try (InputStream in = open(file)) {
            byte[] bytes = in.readAllBytes();
            String actual = sha256(bytes);
            if (!actual.equals(expected)) {
                throw new PackException(manifest.id() + ": " + file + " has SHA-256 " + actual + ", the manifest says " + expected
                        + "; fetch the file again, or correct the manifest if the change is meant");
            }
            return bytes;
        } catch (IOException e) {
            throw new PackException(manifest.id() + ": cannot read " + file + " in " + location + ": " + e.getMessage());
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
        if (manifest.graphs().size() == 1 && manifest.parts() == null) {
            return manifest.graphs().values().iterator().next().sha256();
        }
        StringBuilder joined = new StringBuilder();
        new TreeMap<>(manifest.graphs()).values().forEach(graph -> joined.append(graph.sha256()));
        if (manifest.parts() != null) {
            joined.append(manifest.parts());
        }
        return sha256(joined.append(manifest.version()).toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** Lower-case hex SHA-256. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return reference;
    }
}
