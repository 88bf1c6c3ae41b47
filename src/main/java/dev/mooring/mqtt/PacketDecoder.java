package dev.mooring.mqtt;

import static dev.mooring.message.ReasonCode.MALFORMED_PACKET;
import static dev.mooring.message.ReasonCode.PROTOCOL_ERROR;
import static dev.mooring.message.ReasonCode.TOPIC_NAME_INVALID;

import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bytes of one connection into packets, MQTT 3.1, 3.1.1 and 5.0. Confined to the event loop of its
 * connection.
 *
 * <p>Whole packets are read where they lie in the buffer that came in. Only an incomplete packet at the end is copied:
 * into a buffer that doubles up to the size of that packet, so that a promise of 256 MB costs no more than what really
 * came (CVE-2019-0222), and that is read once when it is complete, so that dribbled bytes cost nothing but their
 * copying (CVE-2026-44248). The fixed header alone decides whether a packet may come at all: its type, its flags and
 * its size.
 *
 * <p>When the handler answers false, the decoder stops after that packet and keeps what it was given until
 * {@link #resume}. It is for the caller to stop reading from the socket meanwhile. After a failure it takes nothing
 * more.
 */
public final class PacketDecoder {
    private static final int INCOMPLETE = 0;
    private static final int REFUSED = -1;

    private final DecoderLimits limits;
    private final TopicCache topics;
    private final PacketHandler handler;
    private final WireReader reader = new WireReader();
    private final Payload payload = new Payload();

    private int version;
    private int replyVersion;
    private int headerBytes;
    private int packets;
    private @Nullable ByteBuf kept;
    private boolean decoding;
    private boolean paused;
    private boolean resumed;
    private boolean closed;

    /** @param topics shared by the connections of one event loop */
    public PacketDecoder(DecoderLimits limits, TopicCache topics, PacketHandler handler) {
        this.limits = limits;
        this.topics = topics;
        this.handler = handler;
    }

    /**
     * 3, 4 or 5 as the CONNECT says, also when a later part of it fails; 0 before, or when the level is not one of
     * these.
     */
    public int version() {
        return version;
    }

    /**
     * In which version's form a CONNACK that refuses this client would be understood: 4 also stands for 3.1. Zero when
     * the client has not shown that it speaks MQTT, so that it gets no answer ([MQTT-3.1.0-1], [MQTT-3.1.2-1]).
     */
    public int replyVersion() {
        return replyVersion;
    }

    /** Whole packets so far; wraps around. */
    public int packets() {
        return packets;
    }

    /** Bytes held back: an incomplete packet, or what came while stopped. */
    public int buffered() {
        return kept == null ? 0 : kept.readableBytes();
    }

    public boolean isPaused() {
        return paused;
    }

    /** Takes what the socket gave, and releases it. Not to be called from within a {@link PacketHandler} method. */
    public void feed(ByteBuf in) {
        try {
            if (kept != null && !paused && !closed) {
                complete(kept, in);
            }
            if (kept == null && !paused && !closed) {
                decode(in);
            }
            if (in.isReadable() && !closed) {
                keep(in, in.readableBytes(), paused ? INCOMPLETE : packetSize(in));
            }
        } finally {
            in.release();
        }
    }

    /** Goes on after a handler method answered false; may also be called from within that method. */
    public void resume() {
        paused = false;
        resumed = true;
        if (!decoding && kept != null && !closed) {
            decodeKept(kept);
        }
    }

    /** Drops what is buffered. The handler hears nothing more. */
    public void close() {
        closed = true;
        if (!decoding) {
            releaseKept();
        }
    }

    /** Adds to the kept packet what it lacks, and nothing that follows it: that can be read in place. */
    private void complete(ByteBuf packet, ByteBuf in) {
        int size = packetSize(packet);
        while (size == INCOMPLETE && in.isReadable()) { // at most five times
            keep(in, 1, INCOMPLETE);
            size = packetSize(packet);
        }
        if (size > 0) {
            keep(in, Math.min(size - packet.readableBytes(), in.readableBytes()), size);
            decodeKept(packet);
        }
    }

    private void decodeKept(ByteBuf packets) {
        decode(packets);
        if (closed || !packets.isReadable()) {
            releaseKept();
        }
    }

    /** Copies {@code bytes} from {@code in}; {@code packetSize} is what the kept packet will need, or INCOMPLETE. */
    private void keep(ByteBuf in, int bytes, int packetSize) {
        ByteBuf buffer = kept;
        if (buffer == null) {
            buffer = in.alloc().buffer(Math.max(bytes, Math.min(packetSize, 2 * bytes)));
            kept = buffer;
        } else if (buffer.writableBytes() < bytes) {
            if (buffer.readerIndex() > buffer.writerIndex() / 2) {
                buffer.discardReadBytes();
            }
            int needed = buffer.writerIndex() + bytes;
            if (needed > buffer.capacity()) {
                long doubled = Math.max(needed, 2L * buffer.capacity());
                long most = packetSize > 0 ? buffer.readerIndex() + (long) packetSize : Integer.MAX_VALUE;
                buffer.capacity((int) Math.min(doubled, most));
            }
        }
        buffer.writeBytes(in, bytes);
    }

    private void releaseKept() {
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }

    private void decode(ByteBuf in) {
        decoding = true;
        try {
            while (in.isReadable() && !paused && !closed) {
                int size = packetSize(in);
                if (size <= 0 || size > in.readableBytes()) {
                    return;
                }
                int from = in.readerIndex();
                in.skipBytes(size); // first, because the handler may close or fail
                reader.open(in, from + headerBytes, from + size);
                resumed = false;
                packets++;
                boolean more = packet(in.getUnsignedByte(from));
                ReasonCode failure = reader.failure();
                if (failure != null) {
                    fail(failure, reader.failureText());
                }
                paused = !more && !resumed;
            }
        } finally {
            decoding = false;
            reader.close();
        }
    }

    private void fail(ReasonCode reason, String text) {
        if (!closed) {
            close();
            handler.failed(reason, text);
        }
    }

    /**
     * Size of the first packet by its fixed header, §2.1, whose own length goes to {@code headerBytes}; or
     * {@code INCOMPLETE}, or {@code REFUSED}. Looks at no more than five bytes, so it need not remember.
     */
    private int packetSize(ByteBuf in) {
        int at = in.readerIndex();
        int available = in.readableBytes();
        if (available == 0) {
            return INCOMPLETE;
        }
        FixedHeader.Refusal refusal = FixedHeader.refusal(in.getUnsignedByte(at), version);
        if (refusal != null) {
            fail(refusal.reason(), refusal.text());
            return REFUSED;
        }
        int remaining = 0;
        for (int i = 1; i <= 4; i++) {
            if (i == available) {
                return INCOMPLETE;
            }
            int b = in.getUnsignedByte(at + i);
            remaining |= (b & 0x7F) << 7 * (i - 1);
            if (b < 0x80) {
                headerBytes = 1 + i;
                return acceptedSize(headerBytes + remaining, b == 0 && i > 1);
            }
        }
        fail(MALFORMED_PACKET, "remaining length has more than four bytes");
        return REFUSED;
    }

    private int acceptedSize(int size, boolean longerThanNeeded) {
        if (longerThanNeeded) {
            fail(MALFORMED_PACKET, "remaining length is longer than needed"); // [MQTT-1.5.5-1]
            return REFUSED;
        }
        if (size > limits.maxPacketBytes()) {
            fail(
                    ReasonCode.PACKET_TOO_LARGE,
                    "packet of " + size + " bytes; packet_size_max is " + limits.maxPacketBytes());
            return REFUSED;
        }
        return size;
    }

    /** Reads one packet and hands it on unless the reader fails. False to stop. */
    private boolean packet(int first) {
        return switch (first >> 4) {
            case FixedHeader.PUBLISH -> publish(first);
            case FixedHeader.PUBACK -> ack(Packet.Ack.Type.PUBACK, ReasonCodes.PUBACK);
            case FixedHeader.PUBREC -> ack(Packet.Ack.Type.PUBREC, ReasonCodes.PUBACK);
            case FixedHeader.PUBREL -> ack(Packet.Ack.Type.PUBREL, ReasonCodes.PUBREL);
            case FixedHeader.PUBCOMP -> ack(Packet.Ack.Type.PUBCOMP, ReasonCodes.PUBREL);
            case FixedHeader.PINGREQ -> {
                reader.expectEnd();
                yield !reader.failed() && handler.pingreq();
            }
            case FixedHeader.CONNECT -> connect();
            case FixedHeader.SUBSCRIBE -> {
                Packet.Subscribe subscribe = SubscribeReader.subscribe(reader, version, limits);
                yield subscribe != null && handler.subscribe(subscribe);
            }
            case FixedHeader.UNSUBSCRIBE -> {
                Packet.Unsubscribe unsubscribe = SubscribeReader.unsubscribe(reader, version, limits);
                yield unsubscribe != null && handler.unsubscribe(unsubscribe);
            }
            case FixedHeader.DISCONNECT -> disconnect();
            default -> auth(); // the fixed header lets no other type come here
        };
    }

    private boolean connect() {
        replyVersion = ConnectReader.protocol(reader);
        if (reader.failed()) {
            return false;
        }
        version = replyVersion;
        Packet.Connect connect = ConnectReader.read(reader, version, limits);
        return connect != null && handler.connect(connect);
    }

    private boolean publish(int first) {
        int qos = first >> 1 & 3;
        int topicLength = reader.u16();
        int topicAt = reader.skip(topicLength);
        int packetId = qos == 0 ? 0 : reader.packetId();
        PropertyReader properties = version == 5
                ? PropertyReader.read(reader, PropertyReader.PUBLISH, limits.maxUserProperties())
                : PropertyReader.NONE;
        if (properties.has(PropertyId.SUBSCRIPTION_IDENTIFIER)) {
            reader.fail(PROTOCOL_ERROR, "subscription identifier from a client"); // [MQTT-3.3.4-6]
        }
        if (reader.failed()) {
            return false;
        }
        TopicName topic = topic(topicAt, topicLength, properties.topicAlias);
        if (reader.failed()) {
            return false;
        }
        Packet.Publish publish = new Packet.Publish(
                (first & 8) != 0,
                qos,
                (first & 1) != 0,
                packetId,
                topic,
                properties.topicAlias,
                properties.messageExpiryS,
                properties.forwarded());
        payload.open(reader.buffer(), reader.at(), reader.remaining());
        boolean goOn = handler.publish(publish, payload);
        payload.close();
        return goOn;
    }

    /** Null when the alias stands for it, and when the reader fails. */
    private @Nullable TopicName topic(int at, int length, int alias) {
        if (length == 0 && version == 5) {
            if (alias == 0) {
                reader.fail(PROTOCOL_ERROR, "no topic and no topic alias"); // §3.3.2.1
            }
            return null;
        }
        TopicName topic = length > limits.maxTopicBytes() ? null : topics.get(reader.buffer(), at, length);
        if (topic == null) {
            boolean text = Utf8.isValid(reader.buffer(), at, length);
            String why = text ? "topic is empty, too long or has a wildcard" : "topic is not well-formed UTF-8";
            reader.fail(text ? TOPIC_NAME_INVALID : MALFORMED_PACKET, why);
        } else if (length >= limits.maxTopicLevels() && topic.levels() > limits.maxTopicLevels()) {
            reader.fail(TOPIC_NAME_INVALID, "topic has more than " + limits.maxTopicLevels() + " levels");
        }
        return topic;
    }

    /** PUBACK to PUBCOMP: 5.0 leaves out reason and properties when there is nothing to say (§3.4.2.1). */
    private boolean ack(Packet.Ack.Type type, @Nullable ReasonCode[] legal) {
        int packetId = reader.packetId();
        ReasonCode reason = ReasonCode.SUCCESS;
        if (version == 5 && reader.remaining() > 0) {
            reason = ReasonCodes.read(reader, legal);
            if (reader.remaining() > 0) {
                PropertyReader.read(reader, PropertyReader.ACK, limits.maxUserProperties());
            }
        }
        reader.expectEnd();
        return !reader.failed() && handler.ack(type, packetId, reason);
    }

    private boolean disconnect() {
        ReasonCode reason = ReasonCode.SUCCESS;
        PropertyReader properties = PropertyReader.NONE;
        if (version == 5 && reader.remaining() > 0) {
            reason = ReasonCodes.read(reader, ReasonCodes.DISCONNECT);
            if (reader.remaining() > 0) {
                properties = PropertyReader.read(reader, PropertyReader.DISCONNECT, limits.maxUserProperties());
            }
        }
        reader.expectEnd();
        if (properties.has(PropertyId.SERVER_REFERENCE)) {
            reader.fail(PROTOCOL_ERROR, "server reference from a client");
        }
        return !reader.failed() && handler.disconnect(new Packet.Disconnect(reason, properties.sessionExpiryS));
    }

    /** Nothing at all would mean Success (§3.15.2.1), which only a server may say: so both fields must be there. */
    private boolean auth() {
        if (reader.remaining() == 0) {
            reader.fail(PROTOCOL_ERROR, "AUTH with Success from a client");
        }
        ReasonCode reason = ReasonCodes.read(reader, ReasonCodes.AUTH);
        PropertyReader properties = PropertyReader.read(reader, PropertyReader.AUTH, limits.maxUserProperties());
        reader.expectEnd();
        if (properties.authenticationMethod == null) {
            reader.fail(PROTOCOL_ERROR, "AUTH without an authentication method");
        }
        return !reader.failed()
                && handler.auth(
                        new Packet.Auth(reason, properties.authenticationMethod, properties.authenticationData));
    }
}
