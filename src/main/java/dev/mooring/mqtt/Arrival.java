package dev.mooring.mqtt;

import dev.mooring.config.Limits;
import io.vertx.core.net.SocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * How a connection came in.
 *
 * @param listener its number in the configuration
 * @param name what rules call the listener
 * @param acceptsMore false when this connection is one too many
 * @param from the client; behind a proxy that says so, the client itself
 * @param address of {@code from}, in digits; empty when it has none
 * @param limits that count for it as long as it lasts, though a reload may bring others
 * @param certificate that the client has shown and the listener found good, or null
 */
record Arrival(
        int listener,
        String name,
        boolean acceptsMore,
        SocketAddress from,
        String address,
        Limits limits,
        @Nullable X509Certificate certificate) {}
