package dev.mooring.rule;

import dev.mooring.store.OpKind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a rule does to its pool, by EMQX's names. Every backend knows every function, so there is no list of backends
 * here; {@link Operations} says under which condition a function does something.
 */
public enum Function implements Action {
    CLIENT_CONNECTED(Set.of(Hook.CLIENT_CONNECTED), "on_client_connected"),
    /** {@code session.created} is where EMQX 3 files have it; both are accepted. */
    SUBSCRIBE_LOOKUP(
            Set.of(Hook.CLIENT_CONNECTED, Hook.SESSION_CREATED), "on_subscribe_lookup", "on_subscription_lookup"),
    CLIENT_DISCONNECTED(Set.of(Hook.CLIENT_DISCONNECTED), "on_client_disconnected"),
    /** The siblings of EMQX's Redis backend have one fetch, {@code on_message_fetch}: with positions, as pubsub. */
    FETCH_FOR_PUBSUB(Set.of(Hook.SESSION_SUBSCRIBED), "on_message_fetch_for_pubsub", "on_message_fetch"),
    FETCH_FOR_QUEUE(Set.of(Hook.SESSION_SUBSCRIBED), "on_message_fetch_for_queue"),
    FETCH_FOR_KEEP_LATEST(Set.of(Hook.SESSION_SUBSCRIBED), "on_message_fetch_for_keep_latest"),
    RETAIN_LOOKUP(Set.of(Hook.SESSION_SUBSCRIBED), "on_retain_lookup"),
    ACKED_DELETE(Set.of(Hook.SESSION_UNSUBSCRIBED), "on_acked_delete"),
    MESSAGE_PUBLISH(Set.of(Hook.MESSAGE_PUBLISH), "on_message_publish"),
    MESSAGE_STORE(Set.of(Hook.MESSAGE_PUBLISH), "on_message_store"),
    MESSAGE_STORE_KEEP_LATEST(Set.of(Hook.MESSAGE_PUBLISH), "on_message_store_keep_latest"),
    MESSAGE_RETAIN(Set.of(Hook.MESSAGE_PUBLISH), "on_message_retain"),
    RETAIN_DELETE(Set.of(Hook.MESSAGE_PUBLISH), "on_retain_delete"),
    ACKED_FOR_QUEUE(Set.of(Hook.MESSAGE_ACKED), "on_message_acked_for_queue"),
    /** {@code on_message_acked} is the counterpart of {@code on_message_fetch}. */
    ACKED_FOR_PUBSUB(Set.of(Hook.MESSAGE_ACKED), "on_message_acked_for_pubsub", "on_message_acked"),
    ACKED_FOR_KEEP_LATEST(Set.of(Hook.MESSAGE_ACKED), "on_message_acked_for_keep_latest");

    private final EnumSet<Hook> hooks;
    private final List<String> names;

    Function(Set<Hook> hooks, String... names) {
        this.hooks = EnumSet.copyOf(hooks);
        this.names = List.of(names);
    }

    /** The name in configuration, logs and metrics. */
    @Override
    public String text() {
        return names.get(0);
    }

    @Override
    public OpKind kind() {
        return OpKind.valueOf(name());
    }

    /** All names that configuration may use, {@link #text()} first. */
    public List<String> names() {
        return names;
    }

    public boolean isAllowedOn(Hook hook) {
        return hooks.contains(hook);
    }

    /** The hooks it may stand on, in order of declaration. */
    public List<Hook> hooks() {
        return List.copyOf(hooks);
    }

    /** Null when no function has this name. */
    public static @Nullable Function parse(String name) {
        for (Function function : values()) {
            if (function.names.contains(name)) {
                return function;
            }
        }
        return null;
    }
}
