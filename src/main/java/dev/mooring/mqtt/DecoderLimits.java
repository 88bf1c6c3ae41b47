package dev.mooring.mqtt;

import dev.mooring.config.Limits;

/**
 * What one packet of a client may cost. A byte on the wire may become a hundred on the heap, so the size of the packet
 * alone is no bound.
 *
 * @param maxPacketBytes whole packet with its fixed header, as Maximum Packet Size counts (§3.1.2.11.4)
 * @param maxTopicBytes UTF-8 bytes of a topic name or filter; longer names fail the packet, longer filters their entry
 * @param maxTopicLevels levels of a topic name or filter, same consequences (CVE-2019-11779: a filter of slashes only)
 * @param maxUserProperties per packet; the Will's count together with those of its CONNECT (CVE-2021-41039)
 * @param maxFilters entries of one SUBSCRIBE or UNSUBSCRIBE
 */
public record DecoderLimits(
        int maxPacketBytes, int maxTopicBytes, int maxTopicLevels, int maxUserProperties, int maxFilters) {
    public static final DecoderLimits DEFAULTS = new DecoderLimits(1 << 20, 65_535, 200, 128, 4_096);

    public DecoderLimits {
        if (maxPacketBytes < 2 || maxTopicBytes < 1 || maxTopicLevels < 1 || maxUserProperties < 0 || maxFilters < 1) {
            throw new IllegalArgumentException("a decoder limit that lets nothing through");
        }
    }

    static DecoderLimits of(Limits limits) {
        return new DecoderLimits(
                limits.packetSizeMax(),
                limits.topicLengthMax(),
                limits.topicLevelsMax(),
                limits.userPropertiesMax(),
                limits.filtersPerSubscribeMax());
    }

    public DecoderLimits withMaxPacketBytes(int bytes) {
        return new DecoderLimits(bytes, maxTopicBytes, maxTopicLevels, maxUserProperties, maxFilters);
    }
}
