package dev.mooring.mqtt;

import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import java.util.List;

/** What bounds the connections of a listener: section limits, with what the listener says otherwise. Immutable. */
record Bounds(Limits limits, DecoderLimits decoder) {
    /** Of all listeners, in their order. */
    static List<Bounds> of(Config config) {
        return config.listeners().stream()
                .map(listener -> config.limits().at(listener.limits()))
                .map(limits -> new Bounds(limits, DecoderLimits.of(limits)))
                .toList();
    }
}
