// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import static io.sensorium.integration.CommandProcess.PATIENCE;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.DoubleSummaryStatistics;

/** A metric as Prometheus would read it. */
final class MetricsScraper {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private MetricsScraper() {}

    /**
     * @param name of the metric, or how it ends
     * @param label that its series must have, or ""
     */
    static DoubleSummaryStatistics of(String url, String name, String label) throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString());
        return response.body()
                .lines()
                .filter(line -> line.split("[{ ]", 2)[0].endsWith(name) && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .summaryStatistics();
    }
}
