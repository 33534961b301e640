// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import io.sensorium.quickstart.layout.DistributionLayout;
import io.sensorium.quickstart.stack.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An S3 that checks signatures, over a folder. */
final class ObjectStore {

    private ObjectStore() {}

    /**
     * Starts one, whose credentials this process then has.
     *
     * @param folder for its settings and log
     * @param objects a folder of buckets
     */
    static ChildProcess start(Path folder, int port, Path objects) throws IOException {
        System.setProperty("aws.accessKeyId", "reader");
        System.setProperty("aws.secretAccessKey", "reader-secret");
        Path properties = folder.resolve("s3proxy.properties");
        Files.writeString(properties, """
                s3proxy.endpoint=http://127.0.0.1:%d
                s3proxy.authorization=aws-v4
                s3proxy.identity=reader
                s3proxy.credential=reader-secret
                jclouds.provider=filesystem
                jclouds.identity=x
                jclouds.credential=x
                jclouds.filesystem.basedir=%s
                """.formatted(port, objects));
        ChildProcess process = ChildProcess.java(
                "s3proxy",
                folder,
                List.of("-Xmx128m"),
                DistributionLayout.root().resolve("integration-tests/objectstore/target/s3proxy") + "/*",
                List.of("org.gaul.s3proxy.Main", "--properties", properties.toString()));
        HttpClient http = HttpClient.newHttpClient();
        process.await(
                () -> {
                    try {
                        return http.send(
                                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                                        .build(),
                                                HttpResponse.BodyHandlers.discarding())
                                        .statusCode()
                                > 0;
                    } catch (IOException e) {
                        return false;
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return false;
                    }
                },
                CommandProcess.PATIENCE);
        return process;
    }
}
