package dev.mooring.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The 128-bit id of a message: 64 bits of Unix time in microseconds, 48 bits of node and process, 16 bits of sequence.
 *
 * <p>Its text has 20 characters of {@code 0-9A-Za-z}, most significant first, so that byte order is time order (the
 * form of EMQX 2 and of the Redis seed); they suffice until the year 3179. Ids of one node are strictly increasing: see
 * {@link MessageIds}. {@link IdFormat} has the other form in which stores may have them.
 *
 * @param timeUs microseconds since 1970, never negative
 * @param nodeSequence upper 48 bits: node and process; lower 16 bits: sequence within the microsecond
 */
public record MessageId(long timeUs, long nodeSequence) implements Comparable<MessageId> {
    /** Length of {@link #toBytes()}. */
    public static final int BYTES = 16;

    private static final int TEXT_LENGTH = 20;
    private static final byte[] DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(StandardCharsets.US_ASCII);

    /** The smallest id; sorts before every real one. */
    public static final MessageId ZERO = new MessageId(0, 0);

    /** The greatest id; sorts after every real one. */
    public static final MessageId MAX = new MessageId(Long.MAX_VALUE, -1);

    public static MessageId ofBytes(byte[] bytes, int offset) {
        ByteBuffer b = ByteBuffer.wrap(bytes, offset, BYTES);
        return new MessageId(b.getLong(), b.getLong());
    }

    /**
     * From either text form, told apart by length: 20 characters of base 62, or what {@link IdFormat#EMQX4} gives.
     *
     * @throws IllegalArgumentException when the text is neither or exceeds 128 bits
     */
    public static MessageId parse(String text) {
        if (text.length() >= Emqx4Text.LENGTH_MIN && text.length() <= Emqx4Text.LENGTH_MAX) {
            return Emqx4Text.parse(text);
        }
        if (text.length() != TEXT_LENGTH) {
            throw new IllegalArgumentException("message id must have 20 or 47 characters: " + text);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < TEXT_LENGTH; i++) {
            int digit = digit(text.charAt(i));
            if (digit < 0) {
                throw new IllegalArgumentException("message id has a character outside 0-9A-Za-z: " + text);
            }
            long carry = Math.multiplyHigh(low, 62) + (low < 0 ? 62 : 0);
            long newLow = low * 62 + digit;
            carry += Long.compareUnsigned(newLow, digit) < 0 ? 1 : 0;
            if (high < 0 || high > (Long.MAX_VALUE - carry) / 62) {
                throw new IllegalArgumentException("message id does not fit in 128 bits: " + text);
            }
            high = high * 62 + carry;
            low = newLow;
        }
        return new MessageId(high, low);
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).putLong(timeUs).putLong(nodeSequence).array();
    }

    /** Another id of the same time, always the same one for a name; {@link MessageIds} does not give it out. */
    public MessageId beside(String name) {
        long place = 1 + Math.floorMod(name.hashCode(), 0xFF); // in bits that a sequence of 8 bits leaves free
        return new MessageId(timeUs, nodeSequence ^ place << 8);
    }

    /** The 20-character base-62 text; for stores see {@link IdFormat#text}. */
    @Override
    public String toString() {
        byte[] out = new byte[TEXT_LENGTH];
        long high = timeUs;
        long low = nodeSequence;
        for (int i = TEXT_LENGTH - 1; i >= 0; i--) { // long division of the 128-bit number, in 32-bit digits
            long remainder = high % 62;
            high /= 62;
            long middle = (remainder << 32) | (low >>> 32);
            long bottom = ((middle % 62) << 32) | (low & 0xFFFF_FFFFL);
            low = ((middle / 62) << 32) | (bottom / 62);
            out[i] = DIGITS[(int) (bottom % 62)];
        }
        return new String(out, StandardCharsets.US_ASCII);
    }

    @Override
    public int compareTo(MessageId other) {
        int byTime = Long.compareUnsigned(timeUs, other.timeUs);
        return byTime != 0 ? byTime : Long.compareUnsigned(nodeSequence, other.nodeSequence);
    }

    private static int digit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        if (c >= 'A' && c <= 'Z') {
            return c - 'A' + 10;
        }
        return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
    }
}
