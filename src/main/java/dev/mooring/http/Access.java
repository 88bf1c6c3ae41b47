package dev.mooring.http;

import dev.mooring.config.Config;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask what: a token in {@code Authorization: Bearer}, compared in constant time; and no web page of another
 * origin, nor one that had its name resolve to this address (DNS rebinding). Immutable.
 */
final class Access {
    private static final String BEARER = "Bearer ";
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-fA-F:.%]+]");

    private final Set<String> hosts = new TreeSet<>();
    private final byte[] token;
    private final byte @Nullable [] metricsToken;

    /** @param token of the API */
    Access(Config.Http config, String token) {
        hosts.add("localhost");
        hosts.add(config.host().toLowerCase(Locale.ROOT));
        config.hosts().forEach(h -> hosts.add(h.toLowerCase(Locale.ROOT)));
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.metricsToken =
                config.metricsToken().isEmpty() ? null : config.metricsToken().getBytes(StandardCharsets.UTF_8);
    }

    /** For every path but health: a probe may use whatever name it has, and learns nothing. */
    void checkOrigin(RoutingContext rc) {
        HttpServerRequest request = rc.request();
        HostAndPort authority = request.authority();
        String host = authority == null ? "" : authority.host().toLowerCase(Locale.ROOT);
        if (!ADDRESS.matcher(host).matches() && !hosts.contains(host)) {
            new Problem(
                            421,
                            "Misdirected request",
                            "the Host header names a host that is not known here;"
                                    + " if it is this broker, write it into http.hosts")
                    .send(rc);
        } else if (!isSameOrigin(request, authority)) {
            new Problem(403, "Forbidden", "web pages of other origins may not ask").send(rc);
        } else {
            rc.next();
        }
    }

    private static boolean isSameOrigin(HttpServerRequest request, @Nullable HostAndPort authority) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null) {
            return true;
        }
        try {
            String asked = new URI(origin).getRawAuthority();
            return asked != null && authority != null && asked.equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** The API, and whatever is not public. */
    void checkToken(RoutingContext rc) {
        check(rc, shows(rc, token), "the token of the API (see http.token_file)");
    }

    void checkMetricsToken(RoutingContext rc) {
        boolean may = metricsToken == null || shows(rc, metricsToken) | shows(rc, token);
        check(rc, may, "http.metrics_token");
    }

    private static void check(RoutingContext rc, boolean may, String what) {
        if (may) {
            rc.next();
            return;
        }
        rc.response().putHeader("WWW-Authenticate", "Bearer");
        new Problem(401, "Unauthorized", "show " + what + " in the header: Authorization: Bearer <token>").send(rc);
    }

    /** Who asks, for the record: there is one token, so whoever it is, and from where. */
    static String who(RoutingContext rc) {
        return "token@" + rc.request().remoteAddress().hostAddress();
    }

    private static boolean shows(RoutingContext rc, byte[] expected) {
        String shown = rc.request().getHeader(HttpHeaders.AUTHORIZATION);
        boolean isBearer = shown != null && shown.regionMatches(true, 0, BEARER, 0, BEARER.length());
        byte[] bytes = isBearer ? shown.substring(BEARER.length()).getBytes(StandardCharsets.UTF_8) : new byte[0];
        return MessageDigest.isEqual(expected, bytes);
    }
}
