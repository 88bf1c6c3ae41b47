package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message as its publisher knows it. */
final class Msg {
    final int number;
    final SimClient publisher;
    final TopicName topic;
    final int qos;
    final byte[] payload;
    /** Kept by the broker for its topic; without a payload it takes away what is kept. */
    final boolean retain;
    /** Milliseconds, or -1 for none. */
    final long expiryMs;
    /** The session it was first sent in, and when; -1 before. */
    int session = -1;

    long firstSentUs = -1;
    /** The broker has sent PUBACK or PUBREC without an error. */
    boolean acknowledged;
    /** For a Will: its delay in seconds. -1 for what is published by PUBLISH. */
    final long delayS;
    /** For a Will: the one id that it has reached anybody under. */
    @Nullable
    MessageId reachedAs;

    /** For a Will: the broker has been told not to publish it, or the client was back in time. */
    boolean isForbidden;

    @Nullable
    SimBroker forbiddenUntil;

    @Nullable
    SimBroker dueUntil;
    /** Every sending of it is another message to the broker. */
    final List<MessageId> ids = new ArrayList<>(1);

    Msg(
            int number,
            SimClient publisher,
            TopicName topic,
            int qos,
            byte[] payload,
            boolean retain,
            long expiryMs,
            long delayS) {
        this.number = number;
        this.publisher = publisher;
        this.topic = topic;
        this.qos = qos;
        this.payload = payload;
        this.retain = retain;
        this.expiryMs = expiryMs;
        this.delayS = delayS;
    }

    boolean isWill() {
        return delayS >= 0;
    }

    /** What the broker last called it. */
    MessageId lastId() {
        return ids.get(ids.size() - 1);
    }

    boolean isClear() {
        return retain && payload.length == 0;
    }

    @Override
    public String toString() {
        return (isWill() ? "w" : "m") + number + " (" + publisher.id + " " + topic.text() + " qos " + qos
                + (isClear() ? " clear" : retain ? " retain" : "") + ")";
    }
}
