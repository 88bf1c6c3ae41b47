package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;

/** A message as its publisher knows it. */
final class Msg {
    final int number;
    final SimClient publisher;
    final TopicName topic;
    final int qos;
    final byte[] payload;
    /** Milliseconds, or -1 for none. */
    final long expiryMs;
    /** The session it was first sent in, and when; -1 before. */
    int session = -1;

    long firstSentUs = -1;
    /** The broker has sent PUBACK or PUBREC without an error. */
    boolean acknowledged;
    /** Every sending of it is another message to the broker. */
    final List<MessageId> ids = new ArrayList<>(1);

    Msg(int number, SimClient publisher, TopicName topic, int qos, byte[] payload, long expiryMs) {
        this.number = number;
        this.publisher = publisher;
        this.topic = topic;
        this.qos = qos;
        this.payload = payload;
        this.expiryMs = expiryMs;
    }

    @Override
    public String toString() {
        return "m" + number + " (" + publisher.id + " " + topic.text() + " qos " + qos + ")";
    }
}
