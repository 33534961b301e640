// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a web page, or anything else on this machine, can do with the embedded Flink's REST endpoint. */
@Tag("slow")
class ReadOnlyRestTest {

    private static EmbeddedFlink flink;
    private static URI address;

    @BeforeAll
    static void start() throws Exception {
        flink = EmbeddedFlink.start(new Configuration(), 1);
        address = URI.create(flink.webUrl());
    }

    @AfterAll
    static void stop() throws Exception {
        flink.close();
    }

    /** Sends raw HTTP, since Java's clients set Host and Origin themselves. */
    private static String ask(String request) throws Exception {
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String get(String path, String host, String more) throws Exception {
        return ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "Connection: close\r\n\r\n");
    }

    private static String self() {
        return "127.0.0.1:" + address.getPort();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/overview", "/jobs", "/config"})
    void thePagesOfThisMachineAreAnswered(String path) throws Exception {
        assertThat(get(path, self(), "")).startsWith("HTTP/1.1 200");
        assertThat(get(
                        path,
                        "localhost:" + address.getPort(),
                        "Origin: http://localhost:" + address.getPort() + "\r\n"))
                .startsWith("HTTP/1.1 200")
                .doesNotContainIgnoringCase("access-control-allow-origin: *");
        assertThat(get("/config", self(), ""))
                .contains("\"web-submit\":false", "\"web-cancel\":false", "\"web-rescale\":false");
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/jars/upload",
        "POST,/jobs",
        "POST,/jars/x/run",
        "PATCH,/jobs/00000000000000000000000000000000",
        "DELETE,/cluster",
        "POST,/jobs/00000000000000000000000000000000/stop",
        "PUT,/jobs/00000000000000000000000000000000/resource-requirements",
        "OPTIONS,/jobs"
    })
    void nothingCanBeChanged(String method, String path) throws Exception {
        for (String type : new String[] {"text/plain", "multipart/form-data; boundary=x", "application/json"}) {
            String body = type.startsWith("multipart")
                    ? "--x\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"a.jar\"\r\n\r\nPK\r\n--x--\r\n"
                    : "{}";
            assertThat(ask(method + " " + path + " HTTP/1.1\r\nHost: " + self() + "\r\nContent-Type: " + type
                            + "\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body))
                    .as("%s %s as %s", method, path, type)
                    .startsWith("HTTP/1.1 403")
                    .contains("read-only");
        }
        assertThat(get("/overview", self(), "")).as("it still runs").startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8081",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "192.168.0.2",
                ""
            })
    void aForeignHostNameThatResolvesToLoopbackIsRefused(String host) throws Exception {
        assertThat(get("/overview", host, "")).startsWith("HTTP/1.1 403").contains("expected a loopback address");
    }

    @Test
    void aPageOfAnotherOriginIsRefused() throws Exception {
        assertThat(get("/overview", self(), "Origin: https://evil.example\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("evil.example");
        assertThat(get("/overview", self(), "Origin: null\r\n")).startsWith("HTTP/1.1 403");
    }
}
