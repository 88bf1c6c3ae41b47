package dev.mooring.data;

import java.util.Locale;

/** What a line of the file is about: the value of its {@code type}, in lower case. */
public enum LineType {
    SESSION(true, "sessions"),
    SUBSCRIPTION(true, "subscriptions"),
    FETCH(true, "fetches that are not at their end"),
    INBOUND(true, "QoS 2 packet ids of publishers"),
    QUEUED(true, "messages in queues"),
    RETAINED(true, "retained messages"),
    RULE_SUBSCRIPTION(false, "subscriptions that rules look up"),
    RULE_MESSAGE(false, "messages that rules stored and indexed"),
    RULE_HISTORY(false, "messages that rules stored without an index"),
    RULE_LATEST(false, "latest messages of rules"),
    RULE_RETAINED(false, "retained messages of rules"),
    RULE_POSITION(false, "positions that clients have acknowledged");

    private final boolean state;
    private final String plural;

    LineType(boolean state, String plural) {
        this.state = state;
        this.plural = plural;
    }

    /** Whether it is the broker's own state, else what rules keep. */
    public boolean isState() {
        return state;
    }

    /** For people. */
    public String plural() {
        return plural;
    }

    /** In the file. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
