package dev.mooring.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The MQTT 5 properties of a PUBLISH or Will that travel with the message unaltered: Payload Format Indicator, Content
 * Type, Response Topic, Correlation Data and User Properties ([MQTT-3.3.2-4], -15, -16, -17, -18, -20).
 *
 * <p>Kept in wire form, in the order received, because forwarding is what happens to them nearly always; the accessors
 * parse on demand. Message expiry, topic alias and subscription identifiers are not here: they change on the way.
 */
public final class PublishProperties {
    public static final PublishProperties EMPTY = new PublishProperties(new byte[0]);

    private static final int PAYLOAD_FORMAT = 0x01;
    private static final int CONTENT_TYPE = 0x03;
    private static final int RESPONSE_TOPIC = 0x08;
    private static final int CORRELATION_DATA = 0x09;
    private static final int USER_PROPERTY = 0x26;

    private final byte[] wire;

    private PublishProperties(byte[] wire) {
        this.wire = wire;
    }

    /** Takes ownership of {@code wire}: property identifiers and values that a decoder or {@link #of} has checked. */
    public static PublishProperties ofWire(byte[] wire) {
        return wire.length == 0 ? EMPTY : new PublishProperties(wire);
    }

    /**
     * Whether every property is one of those that travel with a message, and ends where {@code wire} does or before.
     */
    public static boolean isWellFormed(byte[] wire) {
        int at = 0;
        while (at < wire.length) {
            int texts = texts(wire[at++]);
            if (texts < 0) {
                return false;
            }
            at += texts == 0 ? 1 : 0;
            for (int i = 0; i < texts; i++) {
                if (wire.length - at < 2) {
                    return false;
                }
                at += 2 + ((wire[at] & 0xFF) << 8 | wire[at + 1] & 0xFF);
            }
            if (at > wire.length) {
                return false;
            }
        }
        return true;
    }

    /** How many lengths and their bytes follow an identifier; 0 for a single byte; -1 for one that is none of ours. */
    private static int texts(int identifier) {
        return switch (identifier) {
            case PAYLOAD_FORMAT -> 0;
            case CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION_DATA -> 1;
            case USER_PROPERTY -> 2;
            default -> -1;
        };
    }

    /** Builds the wire form. {@code payloadFormat} 0 or 1, or -1 for none. */
    public static PublishProperties of(
            int payloadFormat,
            @Nullable String contentType,
            @Nullable String responseTopic,
            byte @Nullable [] correlationData,
            List<UserProperty> userProperties) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (payloadFormat >= 0) {
            out.write(PAYLOAD_FORMAT);
            out.write(payloadFormat);
        }
        if (contentType != null) {
            write(out, CONTENT_TYPE, contentType.getBytes(StandardCharsets.UTF_8));
        }
        if (responseTopic != null) {
            write(out, RESPONSE_TOPIC, responseTopic.getBytes(StandardCharsets.UTF_8));
        }
        if (correlationData != null) {
            write(out, CORRELATION_DATA, correlationData);
        }
        for (UserProperty p : userProperties) {
            write(out, USER_PROPERTY, p.name().getBytes(StandardCharsets.UTF_8));
            write(out, -1, p.value().getBytes(StandardCharsets.UTF_8));
        }
        return ofWire(out.toByteArray());
    }

    /** Identifiers and values as they stand in a properties section, without its length. Not to be changed. */
    public byte[] wire() {
        return wire;
    }

    /** 0 unspecified bytes, 1 UTF-8, or -1 when absent. */
    public int payloadFormat() {
        int at = find(PAYLOAD_FORMAT);
        return at < 0 ? -1 : wire[at];
    }

    public @Nullable String contentType() {
        return text(find(CONTENT_TYPE));
    }

    public @Nullable String responseTopic() {
        return text(find(RESPONSE_TOPIC));
    }

    public byte @Nullable [] correlationData() {
        int at = find(CORRELATION_DATA);
        if (at < 0) {
            return null;
        }
        byte[] data = new byte[length(at)];
        System.arraycopy(wire, at + 2, data, 0, data.length);
        return data;
    }

    public List<UserProperty> userProperties() {
        List<UserProperty> all = new ArrayList<>();
        for (int i = 0; i < wire.length; i = next(i)) {
            if (wire[i] == USER_PROPERTY) {
                int valueAt = i + 1 + 2 + length(i + 1);
                all.add(new UserProperty(textAt(i + 1), textAt(valueAt)));
            }
        }
        return all;
    }

    /** Offset of the value of the first property with this identifier, or -1. */
    private int find(int identifier) {
        for (int i = 0; i < wire.length; i = next(i)) {
            if (wire[i] == identifier) {
                return i + 1;
            }
        }
        return -1;
    }

    private int next(int at) {
        return switch (wire[at]) {
            case PAYLOAD_FORMAT -> at + 2;
            case USER_PROPERTY -> {
                int valueAt = at + 3 + length(at + 1);
                yield valueAt + 2 + length(valueAt);
            }
            default -> at + 3 + length(at + 1);
        };
    }

    private @Nullable String text(int at) {
        return at < 0 ? null : textAt(at);
    }

    private String textAt(int at) {
        return new String(wire, at + 2, length(at), StandardCharsets.UTF_8);
    }

    private int length(int at) {
        return (wire[at] & 0xFF) << 8 | wire[at + 1] & 0xFF;
    }

    private static void write(ByteArrayOutputStream out, int identifier, byte[] value) {
        if (identifier >= 0) {
            out.write(identifier);
        }
        out.write(value.length >>> 8);
        out.write(value.length);
        out.writeBytes(value);
    }
}
