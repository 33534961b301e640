// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import io.sensorium.pipeline.HttpAccess;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/**
 * Makes the REST endpoint of the embedded Flink read-only. Flink's own switches hide the upload and cancel buttons, but
 * leave job submission, savepoints, cancellation and shutdown open to any web page the user visits. Only GET and HEAD
 * requests pass, under a loopback host name and from no other origin. Flink finds this factory through
 * {@link java.util.ServiceLoader}; it does nothing unless {@link #ENABLED} is set.
 */
public final class ReadOnlyRestFactory implements InboundChannelHandlerFactory {

    /** Turns the restriction on; {@link EmbeddedFlink} sets it. */
    static final ConfigOption<Boolean> ENABLED =
            ConfigOptions.key("sensorium.rest.read-only").booleanType().defaultValue(false);

    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> responseHeaders) {
        return configuration.get(ENABLED) ? Optional.of(new Installer()) : Optional.empty();
    }

    /** Why a request is refused; null where it may pass. Pure. */
    static String refusal(HttpMethod method, HttpHeaders headers) {
        String host = headers.get(HttpHeaderNames.HOST);
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (!SAFE.contains(method)) {
            return "the embedded Flink is read-only: " + method
                    + " is not allowed, expected GET; stop the pipeline with SIGTERM";
        }
        if (!HttpAccess.isLoopback(host)) {
            return "the Host header is \"" + host + "\", expected a loopback address such as 127.0.0.1";
        }
        return origin == null || origin.equals("http://" + host)
                ? null
                : "requests from the origin \"" + origin + "\" are not allowed, expected http://" + host;
    }

    /**
     * Puts the guard right behind the HTTP codec: Flink adds this handler behind its upload handler, which would write
     * the body to disk first.
     */
    private static final class Installer extends ChannelInboundHandlerAdapter {

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            context.pipeline()
                    .addAfter(context.pipeline().context(HttpServerCodec.class).name(), "read-only", new Guard());
            context.pipeline().remove(this);
        }
    }

    private static final class Guard extends ChannelInboundHandlerAdapter {

        private boolean refused;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            String reason = refused
                    ? ""
                    : message instanceof HttpRequest request ? refusal(request.method(), request.headers()) : null;
            if (reason == null) {
                context.fireChannelRead(message);
                return;
            }
            ReferenceCountUtil.release(message);
            if (!refused) {
                refused = true;
                FullHttpResponse response = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.FORBIDDEN,
                        Unpooled.copiedBuffer(reason + "\n", StandardCharsets.UTF_8));
                response.headers()
                        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                        .setInt(
                                HttpHeaderNames.CONTENT_LENGTH,
                                response.content().readableBytes())
                        .set(HttpHeaderNames.CONNECTION, "close");
                context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
            }
        }
    }
}
