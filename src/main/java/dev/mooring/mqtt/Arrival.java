package dev.mooring.mqtt;

/**
 * How a connection came in.
 *
 * @param listener its number in the configuration
 * @param name what rules call the listener
 * @param acceptsMore false when this connection is one too many
 * @param address of the client in digits; behind a proxy that says so, of the client itself
 */
record Arrival(int listener, String name, boolean acceptsMore, String address) {}
