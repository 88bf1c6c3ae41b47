package dev.mooring.store.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class MessageCodecTest {
    @Property(tries = 500)
    @Label("a message reads back as it was written, within the size that was said, and no shorter value reads at all")
    void roundTrip(
            @ForAll @LongRange(min = 0) long time,
            @ForAll long node,
            @ForAll @StringLength(max = 40) String from,
            @ForAll @StringLength(min = 1, max = 40) String topic,
            @ForAll @IntRange(max = 2) int qos,
            @ForAll boolean retain,
            @ForAll @Size(max = 60) byte[] payload,
            @ForAll @Size(max = 60) byte[] properties,
            @ForAll long created,
            @ForAll long expires)
            throws Exception {
        Assume.that(TopicName.isValid(topic) && isText(topic) && isText(from));
        Message m = new Message(
                new MessageId(time, node),
                from,
                TopicName.of(topic),
                qos,
                retain,
                payload,
                PublishProperties.ofWire(properties),
                created,
                expires);
        ByteBuffer out = ByteBuffer.allocate(MessageCodec.sizeMax(m));
        MessageCodec.write(m, out);
        byte[] value = Arrays.copyOf(out.array(), out.position());
        Message read = MessageCodec.read(ByteBuffer.wrap(value));
        assertThat(read.id()).isEqualTo(m.id());
        assertThat(read.from()).isEqualTo(from);
        assertThat(read.topic()).isEqualTo(m.topic());
        assertThat(read.topic().utf8()).isEqualTo(m.topic().utf8());
        assertThat(read.qos()).isEqualTo(qos);
        assertThat(read.retain()).isEqualTo(retain);
        assertThat(read.payload()).isEqualTo(payload);
        assertThat(read.properties().wire()).isEqualTo(properties);
        assertThat(read.createdAtMs()).isEqualTo(created);
        assertThat(read.expiresAtMs()).isEqualTo(expires);
        for (int length = 0; length < value.length - payload.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(value, 0, length);
            assertThatThrownBy(() -> MessageCodec.read(cut)).isInstanceOf(Damaged.class);
        }
    }

    @Property(tries = 500)
    @Label("any bytes either read or are called damaged")
    void anyBytes(@ForAll @Size(max = 80) byte[] value) {
        if (value.length > 0) {
            value[0] = MessageCodec.VERSION;
        }
        try {
            MessageCodec.read(ByteBuffer.wrap(value));
            EntryCodec.read(ByteBuffer.wrap(value), true);
        } catch (Damaged e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
        try {
            SessionCodec.session(1, value, value);
        } catch (Damaged e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }

    private static boolean isText(String s) {
        return s.chars().noneMatch(c -> Character.isSurrogate((char) c));
    }
}
