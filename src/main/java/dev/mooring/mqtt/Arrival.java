package dev.mooring.mqtt;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * How a connection came in.
 *
 * @param listener its number in the configuration
 * @param name what rules call the listener
 * @param acceptsMore false when this connection is one too many
 * @param address of the client in digits; behind a proxy that says so, of the client itself
 * @param certificate that the client has shown and the listener found good, or null
 */
record Arrival(
        int listener,
        String name,
        boolean acceptsMore,
        String address,
        @Nullable X509Certificate certificate) {}
