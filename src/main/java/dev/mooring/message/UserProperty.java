package dev.mooring.message;

/** A user property, MQTT 5.0 §3.1.2.11.8: a name may appear more than once, and order counts. */
public record UserProperty(String name, String value) {}
