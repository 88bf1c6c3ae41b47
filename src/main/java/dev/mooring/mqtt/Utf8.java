package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;

/**
 * The strict UTF-8 of MQTT: no surrogates, no over-long forms, nothing above U+10FFFF ([MQTT-1.5.4-1]) and no U+0000
 * ([MQTT-1.5.4-2]). Java's own decoder would replace what is wrong and so let two clients disagree about one topic.
 */
final class Utf8 {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long LOW_BITS = 0x0101_0101_0101_0101L;

    private Utf8() {}

    /** Hot path: eight ASCII characters at a time. The caller has checked that the range lies in the buffer. */
    static boolean isValid(ByteBuf in, int from, int length) {
        int at = from;
        int end = from + length;
        while (at < end) {
            if (end - at >= 8) {
                long word = in.getLong(at);
                if ((word & HIGH_BITS) == 0 && ((word - LOW_BITS) & ~word & HIGH_BITS) == 0) {
                    at += 8;
                    continue;
                }
            }
            int first = in.getByte(at);
            if (first > 0) {
                at++;
                continue;
            }
            int size = sequence(in, at, end);
            if (size == 0) {
                return false;
            }
            at += size;
        }
        return true;
    }

    /** Bytes of the character that begins at {@code at} and is not ASCII, or 0 if it is none (table 3-7 of Unicode). */
    private static int sequence(ByteBuf in, int at, int end) {
        int first = in.getUnsignedByte(at);
        int left = end - at;
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        if (first < 0xE0) {
            return left >= 2 && isTail(in, at + 1) ? 2 : 0;
        }
        if (left < 2) {
            return 0;
        }
        int second = in.getUnsignedByte(at + 1);
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80; // below: over-long
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF; // above: surrogate, or over U+10FFFF
        if (second < lowest || second > highest) {
            return 0;
        }
        if (first < 0xF0) {
            return left >= 3 && isTail(in, at + 2) ? 3 : 0;
        }
        return left >= 4 && isTail(in, at + 2) && isTail(in, at + 3) ? 4 : 0;
    }

    private static boolean isTail(ByteBuf in, int at) {
        return (in.getByte(at) & 0xC0) == 0x80;
    }
}
