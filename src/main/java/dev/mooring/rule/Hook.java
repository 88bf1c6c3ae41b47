package dev.mooring.rule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A moment in the life of a client, session or message that rules can be tied to, by EMQX's names. */
public enum Hook {
    CLIENT_CONNECTED("client.connected"),
    CLIENT_DISCONNECTED("client.disconnected"),
    SESSION_CREATED("session.created"),
    SESSION_SUBSCRIBED("session.subscribed"),
    SESSION_UNSUBSCRIBED("session.unsubscribed"),
    MESSAGE_PUBLISH("message.publish"),
    /** EMQX's Chinese manual writes {@code message.deliver}. */
    MESSAGE_DELIVERED("message.delivered", "message.deliver"),
    /** On PUBACK for QoS 1, on PUBREC for QoS 2. */
    MESSAGE_ACKED("message.acked");

    private final List<String> names;

    Hook(String... names) {
        this.names = List.of(names);
    }

    /** The name in configuration. */
    public String text() {
        return names.get(0);
    }

    /** All names that configuration may use, {@link #text()} first. */
    public List<String> names() {
        return names;
    }

    /** Whether a rule's topic filter counts here; the others happen to a client, not to a topic. */
    public boolean hasTopic() {
        return this != CLIENT_CONNECTED && this != CLIENT_DISCONNECTED && this != SESSION_CREATED;
    }

    /** What a step does on failure when its rule does not say. Only a publisher waits for an answer. */
    public OnError defaultOnError() {
        return this == MESSAGE_PUBLISH ? OnError.REJECT : OnError.ACCEPT;
    }

    /** Null when no hook has this name. */
    public static @Nullable Hook parse(String name) {
        for (Hook hook : values()) {
            if (hook.names.contains(name)) {
                return hook;
            }
        }
        return null;
    }

    /** The functions allowed here, in order of declaration. */
    public List<Function> functions() {
        List<Function> allowed = new ArrayList<>();
        for (Function function : Function.values()) {
            if (function.isAllowedOn(this)) {
                allowed.add(function);
            }
        }
        return allowed;
    }
}
