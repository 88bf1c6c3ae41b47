package dev.mooring.it;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of loopback for processes that keep theirs from one start to the next. They are below those that Linux gives to
 * outgoing connections, so none takes one while its process is not up; and none is given twice.
 */
final class FreePorts {
    private static final int MIN = 20_000;
    private static final int MAX = 32_000;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    static int[] of(int count) throws IOException {
        int[] ports = new int[count];
        List<ServerSocket> sockets = new ArrayList<>();
        while (sockets.size() < count) {
            int port = ThreadLocalRandom.current().nextInt(MIN, MAX + 1);
            if (!GIVEN.add(port)) {
                continue;
            }
            try {
                sockets.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                ports[sockets.size() - 1] = port;
            } catch (BindException e) {
                // somebody has it: another one
            }
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }
}
