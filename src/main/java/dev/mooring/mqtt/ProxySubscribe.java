package dev.mooring.mqtt;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Subscription;

/**
 * Another program (un)subscribes a client while it is connected. Sent to every loop; the client's own acts.
 *
 * @param add else its filter is unsubscribed
 */
public record ProxySubscribe(String clientId, Subscription subscription, boolean add) implements LocalBody {}
