package dev.mooring.mqtt;

import dev.mooring.config.Limits;
import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.session.Inbound;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH from one client: topic alias, quota, permission, then {@link PublishPath}; and the back-pressure on its
 * socket. Confined to the connection's loop.
 */
final class Publishing {
    private final MqttConnection connection;
    private final Loop loop;
    private final Limits limits;
    private final Throttle throttle;
    private final PublishRights rights = new PublishRights();
    private @Nullable TopicName @Nullable [] aliases;
    private int aliasBytes;

    /** @param limits of the connection's listener */
    Publishing(MqttConnection connection, Loop loop, Limits limits) {
        this.connection = connection;
        this.loop = loop;
        this.limits = limits;
        this.throttle = Throttle.of(limits);
    }

    /** False stops the reading of this socket. */
    boolean publish(LiveSession o, Packet.Publish p, Payload payload) {
        TopicName topic = resolve(p);
        if (topic == null) {
            boolean unknown = p.topicAlias() <= limits.topicAliasMaxIn(); // §3.3.4 has a code for each
            connection.close(
                    unknown ? ReasonCode.PROTOCOL_ERROR : ReasonCode.TOPIC_ALIAS_INVALID,
                    "topic alias " + p.topicAlias() + (unknown ? " stands for no topic" : " is above the maximum"));
            return false;
        }
        if (aliasBytes > limits.topicAliasBytesMax()) {
            connection.close(ReasonCode.QUOTA_EXCEEDED, "the topics of the topic aliases are too long in sum");
            return false;
        }
        if (p.retain() && !loop.config().mqtt().retainAvailable()) {
            connection.close(ReasonCode.RETAIN_NOT_SUPPORTED, "retained messages are switched off");
            return false;
        }
        if (p.qos() > loop.config().mqtt().qosMax()) {
            connection.close(ReasonCode.QOS_NOT_SUPPORTED, "QoS " + p.qos() + " is switched off");
            return false;
        }
        long place = 0;
        if (p.qos() > 0) {
            place = o.inbound.open(p.packetId(), p.qos());
            if (place == Inbound.OVER_QUOTA) {
                connection.close(
                        ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
                        "more PUBLISH packets unanswered than the receive maximum");
                return false;
            }
            if (place == Inbound.DUPLICATE) {
                return mayReadOn(o, payload);
            }
        }
        ReasonCode refusal = refusal(o, p, topic, payload);
        if (refusal != null) {
            refuse(o, p, place, refusal);
        } else if (loop.publishPath.isWanted(topic, p.qos(), p.retain(), o.subscriber)) {
            route(o, p, topic, payload, place);
        } else if (p.qos() > 0) {
            o.inbound.answer(place, p.packetId(), p.qos(), ReasonCode.NO_MATCHING_SUBSCRIBERS);
        }
        return mayReadOn(o, payload);
    }

    private void route(LiveSession o, Packet.Publish p, TopicName topic, Payload payload, long place) {
        long now = loop.nowMs();
        long expiryMaxS = loop.config().limits().messageExpiryMaxS();
        long expiryS = p.expiryS();
        if (expiryMaxS > 0 && (expiryS < 0 || expiryS > expiryMaxS)) {
            expiryS = expiryMaxS;
        }
        Message message = new Message(
                loop.node.ids().next(now),
                o.clientId,
                topic,
                p.qos(),
                p.retain(),
                payload.copy(),
                p.properties(),
                now,
                expiryS < 0 ? Message.NEVER : now + 1000 * expiryS);
        if (p.qos() == 0) {
            loop.publishPath.publish(message, o.subscriber, o.identity.username(), 0, null, null);
        } else {
            int inboundId = p.qos() == 2 ? p.packetId() : 0;
            Answer answer = new Answer(o, p.packetId(), p.qos(), place);
            loop.publishPath.publish(message, o.subscriber, o.identity.username(), inboundId, null, answer);
        }
    }

    /** To one PUBLISH at QoS 1 or 2. */
    private final class Answer implements PublishDone {
        private final LiveSession session;
        private final int packetId;
        private final int qos;
        private final long place;
        private boolean told;
        private boolean notRetained;

        Answer(LiveSession session, int packetId, int qos, long place) {
            this.session = session;
            this.packetId = packetId;
            this.qos = qos;
            this.place = place;
        }

        @Override
        public void done(ReasonCode reason) {
            if (told) {
                return;
            }
            told = true;
            if (reason.isError() && session.connect.protocolVersion() < 5) { // it has no way to say no ([MQTT-3.3.5-2])
                connection.close(reason, "a message could not be stored");
            } else {
                session.inbound.answer(place, packetId, qos, reason.isError() ? reason : ifRouted(reason));
            }
        }

        /** A 3.1.1 client could only be sent away, and would bring the message again and again. */
        private ReasonCode ifRouted(ReasonCode reason) {
            return notRetained && session.connect.protocolVersion() == 5 ? ReasonCode.QUOTA_EXCEEDED : reason;
        }

        @Override
        public void notRetained() {
            notRetained = true;
        }

        @Override
        public DeliveryOrder deliveries() {
            return session.inbound.deliveries();
        }

        @Override
        public void replaced() {
            told = true;
            connection.delivering().replaced();
        }

        @Override
        public boolean isAwaited() {
            return connection.sessionOrNull() == session;
        }

        /**
         * The message may be stored, or will be. At QoS 1 it may come twice. At QoS 2 a client that is told no would
         * publish it again as another message; one that loses its connection repeats it under its packet id.
         */
        @Override
        public void late() {
            if (qos == 1) {
                done(ReasonCode.UNSPECIFIED_ERROR);
            } else if (!told) {
                told = true;
                connection.close(ReasonCode.UNSPECIFIED_ERROR, "the session store does not answer in time");
            }
        }
    }

    /** Why this PUBLISH is not to be routed, or null. */
    private @Nullable ReasonCode refusal(LiveSession o, Packet.Publish p, TopicName topic, Payload payload) {
        if (!rights.mayPublish(o.permissions, topic, p.qos(), p.retain())) {
            return ReasonCode.NOT_AUTHORIZED;
        }
        boolean check =
                loop.config().mqtt().payloadFormatCheck() && p.properties().payloadFormat() == 1;
        return check && !payload.isUtf8() ? ReasonCode.PAYLOAD_FORMAT_INVALID : null;
    }

    private void refuse(LiveSession o, Packet.Publish p, long place, ReasonCode reason) {
        loop.node.metrics().publishesRejected.increment();
        if (reason == ReasonCode.NOT_AUTHORIZED) {
            loop.node.metrics().publishesDenied.increment();
            if (loop.node.policy().get().acl().disconnects()) {
                connection.close(reason, "not allowed to publish to this topic");
                return;
            }
        }
        if (p.qos() == 0 && reason == ReasonCode.PAYLOAD_FORMAT_INVALID) {
            connection.close(reason, "the payload is not the UTF-8 that it is said to be"); // §3.3.2.3.2
        }
        if (p.qos() == 0) {
            return;
        }
        if (o.connect.protocolVersion() < 5) { // acknowledged, not routed ([MQTT-3.3.5-2] of 3.1.1)
            o.inbound.answer(place, p.packetId(), p.qos(), ReasonCode.SUCCESS);
        } else {
            o.inbound.answer(place, p.packetId(), p.qos(), reason);
        }
    }

    /** Back-pressure: full stores, too many unanswered packets and rates stop the reading of this socket only. */
    private boolean mayReadOn(LiveSession o, Payload payload) {
        boolean tooMany = tooManyUnanswered(o);
        if (!throttle.take(payload.length(), loop.nowMs()) || tooMany) {
            connection.reading().stop();
            connection.tickNext();
            return false;
        }
        return connection.reading().mayGoOn();
    }

    private @Nullable TopicName resolve(Packet.Publish p) {
        int alias = p.topicAlias();
        if (alias == 0) {
            return p.topic();
        }
        int max = limits.topicAliasMaxIn();
        if (alias > max) {
            return null;
        }
        @Nullable TopicName[] table = aliases;
        if (table == null) {
            table = new TopicName[max + 1];
            aliases = table;
        }
        TopicName known = table[alias];
        TopicName topic = p.topic();
        if (topic == null) {
            return known;
        }
        aliasBytes += topic.utf8().length - (known == null ? 0 : known.utf8().length);
        table[alias] = topic;
        return topic;
    }

    /** Whether what made {@link #publish} stop the reading is over. */
    boolean mayReadAgain(LiveSession o) {
        return !tooManyUnanswered(o) && throttle.mayRead(loop.nowMs());
    }

    /** An MQTT 5 client keeps to the receive maximum; the others are held back by not being read. */
    private boolean tooManyUnanswered(LiveSession o) {
        return o.connect.protocolVersion() < 5 && o.inbound.unanswered() >= limits.receiveMaximum();
    }
}
