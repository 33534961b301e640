// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;

/** Key stores in a folder, with certificates that sign themselves; keys are made by the JDK's keytool. */
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

    /**
     * A store with a key of its own, for {@code CN=name}, valid on loopback.
     *
     * @return its certificate, in a file
     */
    Path own(String name) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-keystore",
                        path(name),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        password)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return Files.writeString(
                folder.resolve(name + ".crt"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(certificate(name).getEncoded()) + "\n-----END CERTIFICATE-----\n");
    }

    /** A store that trusts the certificates of these and of no others. */
    void trusting(String store, String... names) throws Exception {
        KeyStore trusting = KeyStore.getInstance("PKCS12");
        trusting.load(null, null);
        for (String name : names) {
            trusting.setCertificateEntry(name, certificate(name));
        }
        try (OutputStream out = Files.newOutputStream(Path.of(path(store)))) {
            trusting.store(out, password.toCharArray());
        }
    }

    private Certificate certificate(String name) throws Exception {
        return KeyStore.getInstance(Path.of(path(name)).toFile(), password.toCharArray())
                .getCertificate(name);
    }
}
