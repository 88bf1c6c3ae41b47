package dev.mooring.message;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * The text that EMQX 3 and 4 make of a message id: the decimal digits of the 128-bit number, as ASCII, cut into groups
 * of 6 bits. It is not Base64, though it looks like it: the last group, of 4 bits, is not shifted up.
 *
 * <p>35 digits give 47 characters, which is what ids have from 1987 to 2141. Smaller numbers get zeros in front, which
 * is the same number to EMQX, so that no text is as short as one in base 62; greater ones give up to 52 characters.
 */
final class Emqx4Text {
    static final int LENGTH_MIN = 47;
    static final int LENGTH_MAX = 52;

    private static final int DIGITS_MIN = 35;
    /** The values 61 to 63 have two characters there, but decimal digits never give them. */
    private static final String GROUPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678";

    private Emqx4Text() {}

    static String of(MessageId id) {
        String digits = new BigInteger(1, id.toBytes()).toString();
        byte[] ascii =
                ("0".repeat(Math.max(0, DIGITS_MIN - digits.length())) + digits).getBytes(StandardCharsets.US_ASCII);
        StringBuilder text = new StringBuilder(LENGTH_MAX);
        int pending = 0;
        int bits = 0;
        for (byte b : ascii) {
            pending = pending << 8 | b;
            bits += 8;
            while (bits >= 6) {
                bits -= 6;
                text.append(GROUPS.charAt(pending >> bits & 0x3F));
            }
        }
        if (bits > 0) {
            text.append(GROUPS.charAt(pending & (1 << bits) - 1));
        }
        return text.toString();
    }

    /** @throws IllegalArgumentException when {@link #of} gives this text for no id */
    static MessageId parse(String text) {
        byte[] ascii = new byte[text.length() * 6 / 8];
        int lastBits = ascii.length * 8 - (text.length() - 1) * 6;
        int pending = 0;
        int bits = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            int size = i < text.length() - 1 ? 6 : lastBits;
            int group = GROUPS.indexOf(text.charAt(i));
            if (group < 0 || group >> size != 0) {
                throw notAnId(text);
            }
            pending = pending << size | group;
            bits += size;
            if (bits >= 8) {
                bits -= 8;
                ascii[length++] = (byte) (pending >> bits);
            }
        }
        MessageId id = ofDigits(new String(ascii, StandardCharsets.US_ASCII), text);
        if (!of(id).equals(text)) {
            throw notAnId(text); // zeros in front that nobody writes: one id has one text
        }
        return id;
    }

    private static MessageId ofDigits(String digits, String text) {
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                throw notAnId(text);
            }
        }
        BigInteger number = new BigInteger(digits);
        if (number.bitLength() > 8 * MessageId.BYTES - 1) {
            throw notAnId(text); // a time beyond what a MessageId can be
        }
        return new MessageId(number.shiftRight(64).longValue(), number.longValue());
    }

    private static IllegalArgumentException notAnId(String text) {
        return new IllegalArgumentException("not a message id in the form of EMQX 4: " + text);
    }
}
