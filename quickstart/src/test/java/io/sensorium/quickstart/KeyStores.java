package io.sensorium.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Key stores in a folder, with certificates that sign themselves, made by the JDK's keytool. */
final class KeyStores {

    private final Path folder;
    private final String password;

    /** @param password of every store */
    KeyStores(Path folder, String password) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.password = password;
    }

    /** Of a store that is there or will be. */
    String path(String store) {
        return folder.resolve(store + ".p12").toString();
    }

    /** A store with a key of its own, for {@code CN=name}, valid on loopback. @return its certificate, in a file */
    Path own(String name) throws Exception {
        Path certificate = folder.resolve(name + ".crt");
        keytool(name, "-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-validity", "2");
        keytool(name, "-exportcert", "-rfc", "-alias", name, "-file", certificate.toString());
        return certificate;
    }

    /** A store that trusts these certificates and no others. */
    void trusting(String store, String... names) throws Exception {
        for (String name : names) {
            keytool(store, "-importcert", "-noprompt", "-alias", name, "-file", folder.resolve(name + ".crt").toString());
        }
    }

    private void keytool(String store, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", path(store), "-storetype", "PKCS12", "-storepass", password));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(said).isZero();
    }
}
