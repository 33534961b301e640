// SPDX-License-Identifier: Apache-2.0
package io.sensorium.pipeline;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;

/**
 * Decides who may use an HTTP endpoint. On loopback every process of the machine may, under a loopback host name:
 * otherwise a web page could reach the endpoint through a name of its own that resolves to loopback. On any other
 * address a token is required. Safe for several threads.
 */
public final class HttpAccess {

    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?");

    private final boolean loopback;
    private final String token;

    private HttpAccess(boolean loopback, String token) {
        this.loopback = loopback;
        this.token = token;
    }

    /** The decision on one request. */
    public enum Verdict {
        ALLOWED,
        WRONG_HOST,
        TOKEN_REQUIRED
    }

    /**
     * The policy of one endpoint.
     *
     * @param key the configuration key that holds the address, for messages
     * @param host the address the endpoint binds to
     * @param token null or blank where none is set
     * @throws IOException when the address is not loopback and there is no token, or when it cannot be resolved
     */
    public static HttpAccess of(String key, String host, String token) throws IOException {
        boolean loopback = InetAddress.getByName(host).isLoopbackAddress();
        if (!loopback && (token == null || token.isBlank())) {
            throw new IOException(
                    key + " binds to \"" + host + "\", which other machines can reach, and no token is set; set "
                            + HttpToken.VARIABLE + " or bind to 127.0.0.1");
        }
        return new HttpAccess(loopback, token);
    }

    /** Whether the endpoint is on loopback and needs no token. */
    public boolean loopback() {
        return loopback;
    }

    /** The token; null where none is set. */
    public String token() {
        return token;
    }

    /**
     * Decides on a request.
     *
     * @param host its Host header
     * @param authorization its Authorization header
     * @param cookie its token cookie; each may be null
     */
    public Verdict check(String host, String authorization, String cookie) {
        if (loopback) {
            return isLoopback(host) ? Verdict.ALLOWED : Verdict.WRONG_HOST;
        }
        boolean bearer = authorization != null
                && authorization.startsWith("Bearer ")
                && isToken(authorization.substring("Bearer ".length()));
        return bearer || cookie != null && isToken(cookie) ? Verdict.ALLOWED : Verdict.TOKEN_REQUIRED;
    }

    /**
     * Whether a Host header, with its port or without, names loopback.
     *
     * @param host may be null
     */
    public static boolean isLoopback(String host) {
        return host != null && LOOPBACK.matcher(host).matches();
    }

    /**
     * Whether a text is the token; takes the same time for every wrong one. Always false on loopback without a token.
     */
    public boolean isToken(String given) {
        return token != null
                && MessageDigest.isEqual(
                        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
