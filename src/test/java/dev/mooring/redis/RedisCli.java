package dev.mooring.redis;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.SocketFactory;

/**
 * A blocking connection to a Redis, in RESP 2, for a look from outside the broker. Nothing is sent twice, nothing is
 * pooled. Not for several threads.
 */
public final class RedisCli implements AutoCloseable {
    private static final int TIMEOUT_MS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    /** What Redis says instead of an answer; the message begins with its code, as {@code WRONGTYPE}. */
    public static final class RedisError extends RuntimeException {
        private static final long serialVersionUID = 1;

        RedisError(String message) {
            super(message);
        }
    }

    private RedisCli(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        this.out = new BufferedOutputStream(socket.getOutputStream());
    }

    /** On the loopback address. */
    public static RedisCli connect(int port) {
        return connect(SocketFactory.getDefault(), port, TIMEOUT_MS);
    }

    /** The same. @param sockets makes TLS sockets, for instance */
    public static RedisCli connect(SocketFactory sockets, int port, int timeoutMs) {
        return connect(sockets, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMs);
    }

    static RedisCli connect(SocketFactory sockets, InetSocketAddress server, int timeoutMs) {
        Socket socket = null;
        try {
            socket = sockets.createSocket();
            socket.connect(server, timeoutMs);
            socket.setSoTimeout(timeoutMs);
            socket.setTcpNoDelay(true);
            return new RedisCli(socket);
        } catch (IOException e) {
            close(socket);
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends a command and waits for its answer: a String (simple or bulk, as UTF-8), a Long, a List of answers, or
     * null.
     *
     * @param args each one argument: {@code byte[]} as it is, anything else as its text
     * @throws RedisError when that is the answer
     * @throws UncheckedIOException when the connection ends, or the answer does not come within the timeout
     */
    public Object call(Object... args) {
        return texts(callRaw(args));
    }

    /** As {@link #call}, with bulk strings as {@code byte[]}. */
    public Object callRaw(Object... args) {
        try {
            out.write(('*' + String.valueOf(args.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            for (Object arg : args) {
                byte[] bytes = arg instanceof byte[] raw ? raw : arg.toString().getBytes(StandardCharsets.UTF_8);
                out.write(('$' + String.valueOf(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(bytes);
                out.write('\r');
                out.write('\n');
            }
            out.flush();
            return read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next message of a subscription, which no command asks for. */
    public Object next() {
        try {
            return texts(read());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Null when there is nothing. */
    public String text(Object... args) {
        return (String) call(args);
    }

    public long number(Object... args) {
        return (Long) call(args);
    }

    /** Elements as text. */
    public List<String> list(Object... args) {
        List<String> list = new ArrayList<>();
        for (Object element : (List<?>) call(args)) {
            list.add(String.valueOf(element));
        }
        return list;
    }

    /** Of a hash, in its order. */
    public Map<String, String> map(Object... args) {
        List<String> flat = list(args);
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            map.put(flat.get(i), flat.get(i + 1));
        }
        return map;
    }

    /** A line of INFO; empty when it is not there. */
    public String info(String section, String field) {
        for (String line : text("INFO", section).split("\r\n")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1);
            }
        }
        return "";
    }

    @Override
    public void close() {
        close(socket);
    }

    private static void close(Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object read() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case '-' -> throw new RedisError(rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> bulk(Integer.parseInt(rest));
            case '*' -> array(Integer.parseInt(rest));
            default -> throw new IOException("not RESP 2: " + line);
        };
    }

    private Object bulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        line();
        return bytes;
    }

    private Object array(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            list.add(read());
        }
        return list;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server has closed the connection");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static Object texts(Object answer) {
        if (answer instanceof byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        if (answer instanceof List<?> list) {
            List<Object> texts = new ArrayList<>();
            list.forEach(element -> texts.add(texts(element)));
            return texts;
        }
        return answer;
    }
}
