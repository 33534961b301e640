package io.sensorium.rollup.http;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.HttpStatus;
import io.javalin.http.SameSite;
import io.sensorium.pipeline.HttpToken;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Who may ask. On loopback everybody on the machine, by a loopback name: else a page from elsewhere could ask through a name of its own that
 * leads here. On an address that others reach whoever has the token, as a bearer, or as the cookie that {@code ?token=} sets.
 */
final class Access {

    private static final String COOKIE = "sensorium_token";

    private final boolean loopback;
    private final String token;

    private Access(boolean loopback, String token) {
        this.loopback = loopback;
        this.token = token;
    }

    /** @param host that is bound; @param token null where none is set; @throws IOException when others reach the host and there is no token */
    static Access of(String host, String token) throws IOException {
        boolean loopback = InetAddress.getByName(host).isLoopbackAddress();
        if (!loopback && (token == null || token.isBlank())) {
            throw new IOException("rollup.http binds to \"" + host + "\", which others reach, and there is no token; set " + HttpToken.VARIABLE + ", or bind to 127.0.0.1");
        }
        return new Access(loopback, token);
    }

    /** The token of requests to other instances; null for none. */
    String token() {
        return token;
    }

    /** Answers what may not go on, which skips the rest. */
    void check(Context context) {
        if (loopback) {
            String host = context.header("Host");
            if (host == null || !host.replaceFirst(":[0-9]+$", "").matches("localhost|127\\.[0-9.]+|\\[::1]")) {
                context.status(HttpStatus.FORBIDDEN).result("asked for as " + host + "; ask for 127.0.0.1 or localhost").skipRemainingHandlers();
            }
            return;
        }
        // Those who keep the app running have no token, and learn nothing but whether it runs.
        if (context.path().startsWith("/health/")) {
            return;
        }
        String asked = context.queryParam("token");
        if (asked != null && same(asked)) {
            Cookie cookie = new Cookie(COOKIE, asked);
            cookie.setHttpOnly(true);
            cookie.setSameSite(SameSite.STRICT);
            cookie.setPath("/");
            context.cookie(cookie);
            context.redirect(context.path());
            context.skipRemainingHandlers();
            return;
        }
        String header = context.header("Authorization");
        String cookie = context.cookie(COOKIE);
        if (!(header != null && header.startsWith("Bearer ") && same(header.substring(7))) && !(cookie != null && same(cookie))) {
            context.status(HttpStatus.UNAUTHORIZED).header("WWW-Authenticate", "Bearer").result("a token is needed: Authorization: Bearer, or once ?token=").skipRemainingHandlers();
        }
    }

    private boolean same(String given) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
