// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sensorium.job.records.FailureCode;
import io.sensorium.job.reference.ReferencePolicy.AllowedFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** References, redirects, links and addresses that lead where the settings do not allow are refused. */
class AllowedReferencesTest extends ReferenceHarness {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "picture",
                "gopher://127.0.0.1/",
                "ftp://127.0.0.1/x",
                "https://127.0.0.1/x",
                "http://elsewhere.org/x",
                "http://127.0.0.1/x",
                "http://user:secret@127.0.0.1:PORT/media",
                "http://example.org/x",
                "http://evilexample.org/x",
                "http://a.example.org.evil.org/",
                "http:///media",
                "http:media",
                "http://127.0.0.1:PORT@evil.org/",
                "file:///etc/passwd",
                "file:etc/passwd",
                "file://server/share",
                "file://FOLDER/media/../secret",
                "file://FOLDER/media/link",
                "file://FOLDER/media/out/secret",
                "file://FOLDER/media",
                "file://FOLDER/media/%2e%2e/secret",
                "file://FOLDER/mediate/x",
                "s3://bucket/key",
                "jar:http://127.0.0.1:PORT/media!/x",
                "data:text/plain,x",
                "http://[::ffff:10.0.0.1]/",
                "HTTP://2130706433:PORT/media"
            })
    void whatIsNotAllowedIsRefusedBeforeAnythingIsAsked(String uri) throws Exception {
        Path media = Files.createDirectories(folder.resolve("media"));
        Files.write(folder.resolve("secret"), MEDIA);
        Files.createSymbolicLink(media.resolve("link"), folder.resolve("secret"));
        Files.createSymbolicLink(media.resolve("out"), folder);
        Files.createDirectories(folder.resolve("mediate"));
        Files.write(folder.resolve("mediate/x"), MEDIA);
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(
                    fetcher,
                    to(uri.replace("PORT", "" + port).replace("FOLDER", folder.toString())),
                    FailureCode.REFERENCE_REFUSED,
                    "");
        }
        assertThat(requests).hasValue(0);
    }

    /** Between the look and the opening somebody puts links where there were folders and files. */
    @Test
    void aLinkThatWasPutThereMeanwhileIsNotFollowed() throws Exception {
        Path media = Files.createDirectories(folder.resolve("media/inner"));
        Files.write(media.resolve("x"), MEDIA);
        Files.write(
                Files.createDirectories(folder.resolve("outside")).resolve("x"),
                "secret".getBytes(StandardCharsets.UTF_8));
        AllowedFile file = new AllowedFile(folder.resolve("media"), Path.of("inner/x"));
        try (SeekableByteChannel channel = FileStore.open(file)) {
            assertThat(channel.size()).isEqualTo(MEDIA.length);
        }
        Files.delete(media.resolve("x"));
        Files.createSymbolicLink(media.resolve("x"), folder.resolve("outside/x"));
        assertThatThrownBy(() -> FileStore.open(file)).isInstanceOf(IOException.class);
        Files.delete(media.resolve("x"));
        Files.delete(media);
        Files.createSymbolicLink(media, folder.resolve("outside"));
        assertThatThrownBy(() -> FileStore.open(file)).isInstanceOf(IOException.class);
    }

    @Test
    void addressesWithinTheHouseAreRefusedHoweverTheyAreNamed() throws Exception {
        redirect("/inside", "http://localhost:" + port + "/media");
        try (ReferenceFetcher fetcher =
                new ReferenceFetcher("test", references(List.of(), Duration.ofSeconds(10), 3, 4), MOST, MAX_CHARS)) {
            fails(fetcher, to(at("/media")), FailureCode.REFERENCE_REFUSED, "in a private network");
            fails(
                    fetcher,
                    to("http://localhost:" + port + "/media"),
                    FailureCode.REFERENCE_REFUSED,
                    "in a private network");
        }
        assertThat(requests).hasValue(0);
        ReferencePolicy closed = new ReferencePolicy(references(List.of(), Duration.ofSeconds(1), 1, 1));
        for (String internal : List.of(
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "fec0::1",
                "ff02::1",
                "::ffff:10.0.0.1",
                "64:ff9b::a00:1",
                "2002:0a00:0001::1",
                "198.18.0.1",
                "::10.0.0.1",
                "::808:808",
                "64:ff9b:1::a00:1",
                "64:ff9b:1:a00:0:100::",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:0:a00:1::1",
                "3fff::1",
                "5f00::1")) {
            assertThat(closed.checkAddress(InetAddress.getByName(internal)))
                    .as(internal)
                    .isNotNull();
        }
        for (String external : List.of(
                "8.8.8.8",
                "172.32.0.1",
                "11.0.0.1",
                "2606:4700::1111",
                "2001:4860:4860::8888",
                "64:ff9b::808:808",
                "2002:0808:0808::1")) {
            assertThat(closed.checkAddress(InetAddress.getByName(external)))
                    .as(external)
                    .isNull();
        }
        ReferencePolicy open =
                new ReferencePolicy(references(List.of("10.1.0.0/16", "fd00::/8"), Duration.ofSeconds(1), 1, 1));
        assertThat(open.checkAddress(InetAddress.getByName("10.1.2.3"))).isNull();
        assertThat(open.checkAddress(InetAddress.getByName("10.2.2.3"))).isNotNull();
        assertThat(open.checkAddress(InetAddress.getByName("fd12::1"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://elsewhere.org/x",
                "file:///etc/passwd",
                "http://[::1]:1/",
                "gopher://x/",
                "//evil.org/x",
                "http://127.0.0.1:1/",
                "::no uri::"
            })
    void aRedirectIsJudgedAsAReferenceIs(String location) throws Exception {
        redirect("/astray", location);
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(fetcher, to(at("/astray")), FailureCode.REFERENCE_REFUSED, "");
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void aCircleOfRedirectsEnds() throws Exception {
        redirect("/round", "/round");
        try (ReferenceFetcher fetcher = fetcher(Duration.ofSeconds(10), 3)) {
            fails(fetcher, to(at("/round")), FailureCode.REFERENCE_REFUSED, "more than 2 times");
        }
        assertThat(requests).hasValue(3);
    }
}
