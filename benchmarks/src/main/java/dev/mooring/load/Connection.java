package dev.mooring.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One client. It acknowledges by itself, and answers what it read together in one write. Confined to the loop of its
 * {@link Load}.
 */
public final class Connection extends ChannelInboundHandlerAdapter {
    private static final int OUT_BYTES = 8 * 1024;

    private final Load load;
    private final String clientId;
    private final boolean clean;
    private final Role role;
    private final CompletableFuture<Connection> connected = new CompletableFuture<>();
    /** SUBSCRIBE and UNSUBSCRIBE on their way, by packet id. */
    private final Map<Integer, CompletableFuture<Integer>> asked = new HashMap<>();

    private final BitSet openQos2 = new BitSet();
    private ChannelHandlerContext context;
    private ByteBuf partial;
    private ByteBuf out;
    private int lastId;
    private boolean closing;

    Connection(Load load, String clientId, boolean clean, Role role) {
        this.load = load;
        this.clientId = clientId;
        this.clean = clean;
        this.role = role;
    }

    CompletableFuture<Connection> connected() {
        return connected;
    }

    Role role() {
        return role;
    }

    /** The least QoS that was granted, or 0x80: at least one filter was refused. */
    public CompletableFuture<Integer> subscribe(List<String> filters, int qos) {
        int id = nextId();
        CompletableFuture<Integer> answer = asked(id);
        Packets.subscribe(out(), id, filters, qos);
        flush();
        return answer;
    }

    public CompletableFuture<Integer> subscribe0(List<String> filters) {
        return subscribe(filters, 0);
    }

    public CompletableFuture<Integer> unsubscribe(List<String> filters) {
        int id = nextId();
        CompletableFuture<Integer> answer = asked(id);
        Packets.unsubscribe(out(), id, filters);
        flush();
        return answer;
    }

    /** Goes off with the next {@link #flush}. */
    public void publish(Frame frame, int publisher, int sequence, long dueNs) {
        frame.write(out(), frame.isAcknowledged() ? nextId() : 0, publisher, sequence, dueNs);
    }

    public void flush() {
        if (out != null) {
            context.writeAndFlush(out, context.voidPromise());
            out = null;
        }
    }

    /** With DISCONNECT. */
    public void close() {
        closing = true;
        Packets.disconnect(out());
        flush();
        context.close();
    }

    private CompletableFuture<Integer> asked(int id) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        asked.put(id, answer);
        return answer;
    }

    private int nextId() {
        lastId = lastId == 65_535 ? 1 : lastId + 1;
        return lastId;
    }

    private ByteBuf out() {
        if (out == null) {
            out = context.alloc().directBuffer(OUT_BYTES);
        }
        return out;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        this.context = context;
        load.opened(this);
        Packets.connect(out(), clientId, clean);
        flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf in = (ByteBuf) read;
        if (partial != null) {
            partial.writeBytes(in);
            in.release();
            in = partial;
            partial = null;
        }
        int end = in.writerIndex();
        int at = in.readerIndex();
        while (true) {
            int next = packet(in, at, end);
            if (next < 0) {
                break;
            }
            at = next;
        }
        if (at < end) {
            partial = context.alloc().directBuffer(Math.max(end - at, 2_048)).writeBytes(in, at, end - at);
        }
        in.release();
    }

    /** Where the next packet begins, or -1: this one has not arrived in full. */
    private int packet(ByteBuf in, int at, int end) {
        int length = 0;
        int body = at + 1;
        for (int shift = 0; ; shift += 7) {
            if (body >= end) {
                return -1;
            }
            int b = in.getByte(body++);
            length |= (b & 0x7F) << shift;
            if (b >= 0) {
                break;
            }
        }
        if (body + length > end) {
            return -1;
        }
        int header = in.getUnsignedByte(at);
        switch (header >> 4) {
            case Packets.PUBLISH -> published(in, header, body, length);
            case Packets.CONNACK -> connack(in.getByte(body + 1));
            case Packets.PUBREC -> Packets.ack(out(), Packets.PUBREL, in.getUnsignedShort(body));
            case Packets.PUBREL -> {
                int id = in.getUnsignedShort(body);
                openQos2.clear(id);
                Packets.ack(out(), Packets.PUBCOMP, id);
            }
            case Packets.PUBACK, Packets.PUBCOMP -> role.acked();
            case Packets.SUBACK -> answered(in, body, length);
            case Packets.UNSUBACK -> asked.remove(in.getUnsignedShort(body)).complete(0);
            default -> fail("packet of type " + (header >> 4));
        }
        return body + length;
    }

    private void published(ByteBuf in, int header, int body, int length) {
        int qos = header >> 1 & 3;
        int payloadAt = body + 2 + in.getUnsignedShort(body);
        if (qos > 0) {
            int id = in.getUnsignedShort(payloadAt);
            payloadAt += 2;
            Packets.ack(out(), qos == 1 ? Packets.PUBACK : Packets.PUBREC, id);
            if (qos == 2) {
                if (openQos2.get(id)) {
                    return;
                }
                openQos2.set(id);
            }
        }
        role.received(in, payloadAt, body + length - payloadAt);
    }

    private void connack(int code) {
        if (code == 0) {
            connected.complete(this);
        } else {
            fail("CONNACK with code " + code);
        }
    }

    private void answered(ByteBuf in, int body, int length) {
        int least = 2;
        for (int i = 2; i < length; i++) {
            int code = in.getUnsignedByte(body + i);
            least = code == 0x80 || least == 0x80 ? 0x80 : Math.min(least, code);
        }
        asked.remove(in.getUnsignedShort(body)).complete(least);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        flush();
        role.readAll();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        load.closed(this);
        if (partial != null) {
            partial.release();
            partial = null;
        }
        if (!closing) {
            fail("the connection was closed");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause.toString());
        context.close();
    }

    void fail(String why) {
        IllegalStateException failure = new IllegalStateException(why);
        connected.completeExceptionally(failure);
        asked.values().forEach(answer -> answer.completeExceptionally(failure));
        asked.clear();
        if (!closing) {
            load.failed(why);
        }
        closing = true;
    }
}
