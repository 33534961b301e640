// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import java.io.IOException;
import java.util.Map;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.RestService;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.avro.shaded.com.fasterxml.jackson.core.type.TypeReference;

/**
 * Confluent's client with credentials that may change while it runs: after a 401 it requests a new token, or reads its
 * secrets again, and tries once more. Where nothing newer can be had, the 401 stands. Safe for several threads.
 */
final class RenewedRestService extends RestService {

    private static final int UNAUTHORIZED = 401;

    private final RenewedCredentials credentials;

    /**
     * @param url base of the Confluent API, path included
     * @param properties with references to secrets, as the pipeline file has them
     */
    RenewedRestService(String url, Map<String, String> properties) {
        super(url);
        this.credentials = new RenewedCredentials(properties);
    }

    /** The properties with the secrets that are sent now. */
    Map<String, String> credentials() {
        return credentials.current();
    }

    @Override
    public <T> T httpRequest(
            String path, String method, byte[] body, Map<String, String> headers, TypeReference<T> answer)
            throws IOException, RestClientException {
        Map<String, String> sent = credentials.current();
        try {
            return super.httpRequest(path, method, body, headers, answer);
        } catch (RestClientException e) {
            if (e.getStatus() != UNAUTHORIZED || !credentials.renewed(sent, this::configure)) {
                throw e;
            }
            return super.httpRequest(path, method, body, headers, answer);
        }
    }
}
