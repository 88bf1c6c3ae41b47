package dev.mooring.mqtt;

import dev.mooring.bus.LocalBody;

/**
 * {@link NodeState#policy} is another one: every connected client gets the rights that it has by that. To every loop.
 */
public record PolicyChanged() implements LocalBody {}
