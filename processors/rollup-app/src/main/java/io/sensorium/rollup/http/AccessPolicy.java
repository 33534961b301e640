// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.http;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HttpStatus;
import io.javalin.http.SameSite;
import io.sensorium.pipeline.HttpAccess;
import java.io.IOException;

/**
 * Applies {@link HttpAccess} to the dashboard's requests. A browser sends the token once as {@code ?token=} and gets a
 * cookie for it.
 */
final class AccessPolicy {

    private static final String COOKIE = "sensorium_token";

    private final HttpAccess policy;

    private AccessPolicy(HttpAccess policy) {
        this.policy = policy;
    }

    /**
     * @param host to bind to
     * @param token null where none is set
     * @throws IOException when other machines reach the host and there is no token
     */
    static AccessPolicy of(String host, String token) throws IOException {
        return new AccessPolicy(HttpAccess.of("rollup.http", host, token));
    }

    /** The token of requests to other instances; null for none. */
    String token() {
        return policy.token();
    }

    /** Answers a request that is not allowed, and skips the remaining handlers. */
    void check(Context context) {
        // Probes have no token, and learn only whether the app runs.
        if (!policy.loopback() && context.path().startsWith("/health/")) {
            return;
        }
        String token = context.queryParam("token");
        if (!policy.loopback() && token != null && policy.isToken(token)) {
            Cookie cookie = new Cookie(COOKIE, token);
            cookie.setHttpOnly(true);
            cookie.setSameSite(SameSite.STRICT);
            cookie.setPath("/");
            context.cookie(cookie);
            // A path such as //host would be another site's address.
            context.redirect("/" + context.path().replaceFirst("^[/\\\\]+", ""));
            context.skipRemainingHandlers();
            return;
        }
        switch (policy.check(context.header("Host"), context.header("Authorization"), context.cookie(COOKIE))) {
            case ALLOWED -> {}
            case WRONG_HOST ->
                context.status(HttpStatus.FORBIDDEN)
                        .result("the Host header is " + context.header("Host") + ", expected 127.0.0.1 or localhost")
                        .skipRemainingHandlers();
            case TOKEN_REQUIRED ->
                context.status(HttpStatus.UNAUTHORIZED)
                        .header("WWW-Authenticate", "Bearer")
                        .result("a token is required: Authorization: Bearer, or once ?token=")
                        .skipRemainingHandlers();
        }
    }
}
