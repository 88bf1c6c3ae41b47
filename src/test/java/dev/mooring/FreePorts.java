package dev.mooring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of loopback for servers that keep theirs from one start to the next. They are below those that Linux gives to
 * outgoing connections and to whoever asks for any port, so none is taken while its server is not up. Nor is one given
 * twice, not even by two JVMs that run tests at the same time: whoever has one holds the UDP port of its number, which
 * the system takes back when the JVM ends. From any thread.
 */
public final class FreePorts {
    private static final int MIN = 10_000;
    private static final int MAX = 32_000;
    private static final Map<Integer, DatagramSocket> HELD = new ConcurrentHashMap<>();

    private FreePorts() {}

    /** To be given back, at the latest by the end of this JVM. */
    public static int[] of(int count) {
        int[] ports = new int[count];
        int found = 0;
        while (found < count) {
            int port = ThreadLocalRandom.current().nextInt(MIN, MAX + 1);
            if (take(port)) {
                ports[found++] = port;
            }
        }
        return ports;
    }

    /** When their server has gone for good. */
    public static void giveBack(int... ports) {
        for (int port : ports) {
            DatagramSocket held = HELD.remove(port);
            if (held != null) {
                held.close();
            }
        }
    }

    private static boolean take(int port) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        DatagramSocket held = null;
        try {
            held = new DatagramSocket(port, loopback);
            new ServerSocket(port, 1, loopback).close();
            HELD.put(port, held);
            return true;
        } catch (BindException e) { // somebody has it
            if (held != null) {
                held.close();
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
