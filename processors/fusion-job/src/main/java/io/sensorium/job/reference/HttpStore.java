// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultClientConnectionReuseStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionReuseStrategy;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;

/**
 * Media behind {@code http} and {@code https}. The address that was checked is the one that is connected to, since the
 * client resolves names through the policy. Redirects are followed one by one, each as if it were the reference;
 * nothing is decompressed, no cookie kept, no proxy or credential of the machine used.
 */
final class HttpStore implements MediaStore {

    private final References references;
    private final ReferencePolicy policy;
    private final CloseableHttpClient client;

    /** Each of its requests has a connection of its own. */
    private final CloseableHttpClient unpooled;

    HttpStore(References references, ReferencePolicy policy) {
        this.references = references;
        this.policy = policy;
        client = client(DefaultClientConnectionReuseStrategy.INSTANCE);
        unpooled = client((request, response, context) -> false);
    }

    private CloseableHttpClient client(ConnectionReuseStrategy reuse) {
        Timeout connect = Timeout.of(references.connectTimeout());
        Timeout whole = Timeout.of(references.timeout());
        PoolingHttpClientConnectionManager connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(judging())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(connect)
                        .setSocketTimeout(whole)
                        .build())
                .setMaxConnTotal(references.inFlight())
                .setMaxConnPerRoute(references.inFlight())
                .build();
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setConnectionReuseStrategy(reuse)
                .setRequestExecutor(new StaleConnectionDetector())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(whole)
                        .setConnectionRequestTimeout(whole)
                        .build())
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("sensorium")
                .build();
    }

    /** Resolves names, and leaves nothing to connect to where an address may not be. */
    private DnsResolver judging() {
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                InetAddress[] all = SystemDefaultDnsResolver.INSTANCE.resolve(host);
                for (InetAddress address : all) {
                    String refusal = policy.checkAddress(address);
                    if (refusal != null) {
                        throw new RefusedAddressException(
                                "the host " + host + " is at " + address.getHostAddress() + ", " + refusal);
                    }
                }
                return all;
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
    }

    /** No address that may be connected to. */
    private static final class RefusedAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        RefusedAddressException(String message) {
            super(message);
        }
    }

    /** A connection that had served requests before was ended before any byte of the answer to this one came. */
    private static final class StaleConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleConnectionException(IOException cause) {
            super(cause);
        }
    }

    /**
     * Tells a connection that the server had closed after an earlier request, as it may at any time, from a server that
     * fails.
     */
    private static final class StaleConnectionDetector extends HttpRequestExecutor {

        @Override
        public ClassicHttpResponse execute(
                ClassicHttpRequest request,
                HttpClientConnection connection,
                HttpResponseInformationCallback information,
                HttpContext context)
                throws IOException, HttpException {
            EndpointDetails before = connection.getEndpointDetails();
            boolean reused = before.getResponseCount() > 0;
            long received = before.getReceivedBytesCount();
            try {
                return super.execute(request, connection, information, context);
            } catch (InterruptedIOException e) {
                // The connection is open; there was no answer in time.
                throw e;
            } catch (IOException e) {
                throw reused && before.getReceivedBytesCount() == received ? new StaleConnectionException(e) : e;
            }
        }
    }

    /**
     * Sends a request. A GET that met a connection which was closed meanwhile may be sent again at once (RFC 9112,
     * 9.3.1): the server has not failed.
     */
    private ClassicHttpResponse send(HttpGet get) throws IOException {
        try {
            return client.executeOpen(null, get, null);
        } catch (StaleConnectionException e) {
            if (get.isAborted()) {
                throw e;
            }
            return unpooled.executeOpen(null, get, null);
        }
    }

    @Override
    public Opened open(URI first, Consumer<Runnable> abort) throws IOException, ReferenceException {
        URI uri = first;
        for (int redirects = 0; ; redirects++) {
            HttpGet get = new HttpGet(uri);
            abort.accept(get::cancel);
            ClassicHttpResponse response;
            try {
                response = send(get);
            } catch (RefusedAddressException e) {
                throw ReferenceException.refused(e.getMessage());
            }
            boolean handed = false;
            try {
                int status = response.getCode();
                if (status >= 300 && status < 400 && response.getFirstHeader("Location") != null) {
                    if (redirects == references.maxRedirects()) {
                        throw ReferenceException.refused(ReferencePolicy.shown(first) + " is redirected more than "
                                + references.maxRedirects() + " times (references.max_redirects)");
                    }
                    uri = redirected(uri, response.getFirstHeader("Location"));
                    continue;
                }
                if (status != 200) {
                    boolean again = status >= 500 || status == 429 || status == 408;
                    throw new ReferenceException(
                            FailureCode.REFERENCE_UNREACHABLE,
                            ReferencePolicy.shown(uri) + " answers with status " + status,
                            again);
                }
                HttpEntity entity = response.getEntity();
                InputStream stream = entity == null ? InputStream.nullInputStream() : entity.getContent();
                handed = true;
                // Closing response or stream would read what is left, for the connection's sake. Cancelling does
                // nothing where all was read.
                return new Opened(
                        new FilterInputStream(stream) {
                            @Override
                            public void close() {
                                get.cancel();
                            }
                        },
                        entity == null ? 0 : entity.getContentLength(),
                        get::cancel);
            } finally {
                if (!handed) {
                    get.cancel();
                }
            }
        }
    }

    private URI redirected(URI from, Header location) throws ReferenceException {
        URI to;
        try {
            to = from.resolve(location.getValue());
        } catch (IllegalArgumentException e) {
            throw ReferenceException.refused(ReferencePolicy.shown(from) + " is redirected to what is not a URI");
        }
        if (!Arrays.asList("http", "https")
                .contains(String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT))) {
            throw ReferenceException.refused(
                    ReferencePolicy.shown(from) + " is redirected to the scheme " + to.getScheme());
        }
        return policy.check(to.toString());
    }

    @Override
    public String origin(URI uri) {
        return uri.getHost() + (uri.getPort() == -1 ? "" : ":" + uri.getPort());
    }

    @Override
    public void close() {
        try {
            client.close();
            unpooled.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
