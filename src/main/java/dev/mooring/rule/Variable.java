package dev.mooring.rule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a command may take from the event that runs it, by EMQX's names. */
enum Variable {
    /** Publisher on message.publish, subscriber on the other hooks of messages. */
    CLIENTID("clientid"),
    /** Of that client; empty when it has none. */
    USERNAME("username"),
    /** Of a message when the broker took it. */
    TS("ts"),
    /** On hooks of sessions the filter. */
    TOPIC("topic"),
    /** Of the packet that was published or delivered, or of the subscription. */
    QOS("qos"),
    MSGID("msgid"),
    /** As it came, whatever its bytes. */
    PAYLOAD("payload"),
    /** Of the publisher's packet, as text true or false. */
    RETAIN("retain"),
    /** Stands for the names and values of {@link #FIELDS}, as one message is stored in a hash. */
    MESSAGE("message"),
    /** The publisher, for {@link #MESSAGE} only. */
    FROM(""),
    /** The publisher's QoS, for {@link #MESSAGE} only. */
    PUBLISHED_QOS("");

    /** In the documented order. */
    static final List<Field> FIELDS = List.of(
            new Field("id", MSGID),
            new Field("from", FROM),
            new Field("qos", PUBLISHED_QOS),
            new Field("topic", TOPIC),
            new Field("payload", PAYLOAD),
            new Field("ts", TS),
            new Field("retain", RETAIN));

    /** @param name in the hash */
    record Field(String name, Variable value) {}

    private final String text;

    Variable(String text) {
        this.text = text;
    }

    boolean isOn(Hook hook) {
        return switch (this) {
            case CLIENTID, USERNAME, TS -> true;
            case TOPIC -> hook.hasTopic();
            case QOS -> hook.hasTopic() && hook != Hook.SESSION_UNSUBSCRIBED;
            default -> hook == Hook.MESSAGE_PUBLISH || hook == Hook.MESSAGE_DELIVERED || hook == Hook.MESSAGE_ACKED;
        };
    }

    /** Null when none has this name, without {@code ${}}. */
    static @Nullable Variable parse(String name) {
        for (Variable variable : values()) {
            if (!name.isEmpty() && variable.text.equals(name)) {
                return variable;
            }
        }
        return null;
    }

    /** For people: those that a command on this hook may use. */
    static String listed(Hook hook) {
        List<String> texts = new ArrayList<>();
        for (Variable variable : values()) {
            if (!variable.text.isEmpty() && variable.isOn(hook)) {
                texts.add("${" + variable.text + "}");
            }
        }
        return " (on " + hook.text() + ": " + String.join(", ", texts) + ")";
    }
}
