package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.session.Packet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SUBSCRIBE and UNSUBSCRIBE, §3.8 and §3.10. Both give null when the reader has failed. */
final class SubscribeReader {
    private SubscribeReader() {}

    static Packet.@Nullable Subscribe subscribe(WireReader in, int version, DecoderLimits limits) {
        int packetId = in.packetId();
        int identifier = version == 5
                ? PropertyReader.read(in, PropertyReader.SUBSCRIBE, limits.maxUserProperties()).subscriptionIdentifier
                : 0;
        expectFilter(in);
        List<Packet.Subscribe.Request> requests = new ArrayList<>(4);
        while (in.remaining() > 0 && hasRoom(requests.size(), in, limits)) {
            requests.add(request(in, version, identifier, limits));
        }
        return in.failed() ? null : new Packet.Subscribe(packetId, List.copyOf(requests));
    }

    static Packet.@Nullable Unsubscribe unsubscribe(WireReader in, int version, DecoderLimits limits) {
        int packetId = in.packetId();
        if (version == 5) {
            PropertyReader.read(in, PropertyReader.UNSUBSCRIBE, limits.maxUserProperties());
        }
        expectFilter(in);
        List<String> filters = new ArrayList<>(4);
        while (in.remaining() > 0 && hasRoom(filters.size(), in, limits)) {
            String text = in.string("topic filter");
            filter(in, version, text);
            filters.add(text);
        }
        return in.failed() ? null : new Packet.Unsubscribe(packetId, List.copyOf(filters));
    }

    /** [MQTT-3.8.3-2], [MQTT-3.10.3-2]. */
    private static void expectFilter(WireReader in) {
        if (in.remaining() == 0) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "no topic filter");
        }
    }

    private static boolean hasRoom(int filters, WireReader in, DecoderLimits limits) {
        if (filters >= limits.maxFilters()) {
            in.fail(ReasonCode.QUOTA_EXCEEDED, "more than " + limits.maxFilters() + " topic filters");
            return false;
        }
        return true;
    }

    private static Packet.Subscribe.Request request(WireReader in, int version, int identifier, DecoderLimits limits) {
        int from = in.at();
        String text = in.string("topic filter");
        int bytes = in.at() - from - 2;
        int options = in.u8();
        int qos = options & 3;
        boolean noLocal = version == 5 && (options & 4) != 0;
        int retainHandling = version == 5 ? options >> 4 & 3 : 0;
        checkOptions(in, version, options);
        TopicFilter filter = filter(in, version, text);
        if (in.failed()
                || filter == null
                || bytes > limits.maxTopicBytes()
                || filter.levels() > limits.maxTopicLevels()) {
            return new Packet.Subscribe.Request(text, null);
        }
        if (noLocal && filter.isShared()) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "no local on a shared subscription"); // [MQTT-3.8.3-4]
        }
        boolean retainAsPublished = version == 5 && (options & 8) != 0;
        return new Packet.Subscribe.Request(
                text, new Subscription(filter, qos, noLocal, retainAsPublished, retainHandling, identifier));
    }

    /**
     * What is no topic filter makes the packet malformed: 0x8F is for those that are correctly formed and not allowed
     * (§3.9.3). Null, and the reader goes on, when it is one to 3.1.1, which knows no share names, and none to us.
     */
    private static @Nullable TopicFilter filter(WireReader in, int version, String text) {
        TopicFilter filter = TopicFilter.parse(text);
        if (filter == null && (version == 5 || !TopicFilter.isPlain(text))) {
            in.fail(ReasonCode.MALFORMED_PACKET, "a topic filter is badly formed");
        }
        return filter;
    }

    /** The standard calls a 3 a protocol error and a reserved bit malformed (§3.8.3.1, [MQTT-3.8.3-5]). */
    private static void checkOptions(WireReader in, int version, int options) {
        boolean reserved = version == 5 ? (options & 0xC0) != 0 : version == 4 && (options & 0xFC) != 0;
        if (reserved) {
            in.fail(ReasonCode.MALFORMED_PACKET, "reserved bits of the subscription options are set");
        } else if ((options & 3) == 3) {
            boolean v5 = version == 5; // 3.1.1 calls this malformed as well, [MQTT-3-8.3-4]
            in.fail(v5 ? ReasonCode.PROTOCOL_ERROR : ReasonCode.MALFORMED_PACKET, "maximum QoS is 3");
        } else if (version == 5 && (options >> 4 & 3) == 3) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "retain handling is 3");
        }
    }
}
