package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the properties of one packet to the client, because their length stands before them. Absent values are given
 * as null or -1 and left out. For packets that come once per connection or request; PUBLISH has its own way.
 */
final class PropertyWriter {
    private byte[] bytes = new byte[64];
    private int length;

    int length() {
        return length;
    }

    /** Bytes of the properties with their length. */
    int size() {
        return VariableByteInteger.size(length) + length;
    }

    void writeTo(ByteBuf out) {
        VariableByteInteger.write(out, length);
        out.writeBytes(bytes, 0, length);
    }

    PropertyWriter u8(int id, int value) {
        return value < 0 ? this : number(id, value, 1);
    }

    PropertyWriter u16(int id, int value) {
        return value < 0 ? this : number(id, value, 2);
    }

    PropertyWriter u32(int id, long value) {
        return value < 0 ? this : number(id, value, 4);
    }

    PropertyWriter string(int id, @Nullable String value) {
        return value == null ? this : binary(id, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @throws IllegalArgumentException if the value is longer than 65,535 bytes, which its caller must not let happen
     */
    PropertyWriter binary(int id, byte @Nullable [] value) {
        if (value == null) {
            return this;
        }
        if (value.length > 0xFFFF) {
            throw new IllegalArgumentException("property " + id + " has " + value.length + " bytes");
        }
        number(id, value.length, 2);
        reserve(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /** The text only if the packet stays within {@code maxBytes} with it ([MQTT-3.2.2-19] and its like). */
    PropertyWriter reasonString(@Nullable String text, int remainingWithoutProperties, int maxBytes) {
        return fitting(PropertyId.REASON_STRING, text, remainingWithoutProperties, maxBytes);
    }

    /** As {@link #reasonString}, for any text that a client can do without. */
    PropertyWriter fitting(int id, @Nullable String text, int remainingWithoutProperties, int maxBytes) {
        if (text == null) {
            return this;
        }
        int textBytes = ByteBufUtil.utf8Bytes(text);
        int propertiesLength = length + 3 + textBytes;
        int remaining = remainingWithoutProperties + VariableByteInteger.size(propertiesLength) + propertiesLength;
        boolean fits = textBytes <= 0xFFFF && 1 + VariableByteInteger.size(remaining) + remaining <= maxBytes;
        return fits ? string(id, text) : this;
    }

    private PropertyWriter number(int id, long value, int size) {
        reserve(1 + size);
        bytes[length++] = (byte) id;
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}
