// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.rollup.aggregate.RollupQueries;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queries the app's other instances for the state that they hold. Safe for several threads. */
final class InstanceClient {

    private static final Logger LOG = LoggerFactory.getLogger(InstanceClient.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final RollupQueries queries;
    private final String token;

    /** @param token that the instances demand; null for none */
    InstanceClient(RollupQueries queries, String token) {
        this.queries = queries;
        this.token = token;
    }

    /** @param body of the other instance; null where this one answers itself */
    record Answer(String body) {
        boolean elsewhere() {
            return body != null;
        }
    }

    /**
     * Queries the instance that holds a group, or a standby where that one does not answer.
     *
     * @param group null for all results together
     * @param path and query string
     * @throws InvalidStateStoreException where no instance holds it now, or none answers
     */
    Answer queryOwner(String group, String path) {
        List<HostInfo> hosts = queries.hosts(group);
        for (HostInfo host : hosts) {
            if (host.equals(queries.self())) {
                return new Answer(null);
            }
            try {
                HttpResponse<String> response = query(host, path);
                if (response.statusCode() == 200) {
                    return new Answer(response.body());
                }
            } catch (IOException e) {
                LOG.info("instance {} does not answer, trying the next: {}", host, e.toString());
            }
        }
        throw new InvalidStateStoreException("no instance of " + hosts + " answers");
    }

    /** What groups the other instances hold; those that do not answer are left out. */
    Set<String> groupsElsewhere() {
        Set<String> groups = new TreeSet<>();
        for (HostInfo host : queries.instances()) {
            if (!host.equals(queries.self())) {
                try {
                    HttpResponse<String> response = query(host, "/api/groups");
                    for (JsonNode group :
                            new ObjectMapper().readTree(response.body()).path("groups")) {
                        groups.add(group.asText());
                    }
                } catch (IOException e) {
                    LOG.info("instance {} does not answer: {}", host, e.toString());
                }
            }
        }
        return groups;
    }

    private HttpResponse<String> query(HostInfo host, String path) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://" + host.host() + ":" + host.port() + path))
                .timeout(TIMEOUT)
                .header(RollupServer.LOCAL, "1");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
