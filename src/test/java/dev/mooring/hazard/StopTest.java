package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.TestBroker;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** An orderly stop while clients come. */
class StopTest {
    private static final int THREADS = 4;
    private static final int CONNECTED_FIRST = 100;
    /** Warns of a connection that the kernel had taken when the event loops had ended already, and closes it. */
    private static final String ACCEPTS = "io.netty.bootstrap.ServerBootstrap";

    @Test
    @DisplayName("clients that connect while the node stops are refused or told; nobody's message finds no receiver")
    void stopDuringConnects() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger connected = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        TestBroker broker = TestBroker.start("{}");
        try {
            log.start();
            root.addAppender(log);
            for (int t = 0; t < THREADS; t++) {
                String name = "stop-" + t + "-";
                Thread thread = new Thread(() -> connect(broker.port(), name, stopped, connected));
                thread.start();
                threads.add(thread);
            }
            Wait.until("clients are served", () -> connected.get() >= CONNECTED_FIRST);
        } finally {
            broker.close();
            stopped.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            root.detachAppender(log);
        }
        assertThat(log.list)
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .filteredOn(event -> !event.getLoggerName().equals(ACCEPTS))
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEmpty();
    }

    /** Lasting sessions, one after the other, each of which waits for its CONNACK, or the end. */
    private static void connect(int port, String name, AtomicBoolean stopped, AtomicInteger connected) {
        for (int i = 0; !stopped.get(); i++) {
            byte[] id = (name + i % 20).getBytes(StandardCharsets.UTF_8);
            try (Socket socket = new Socket("127.0.0.1", port)) {
                byte[] head = {0x10, (byte) (12 + id.length), 0, 4, 'M', 'Q', 'T', 'T', 4, 0, 0, 0, 0, (byte) id.length
                };
                byte[] packet = java.util.Arrays.copyOf(head, head.length + id.length);
                System.arraycopy(id, 0, packet, head.length, id.length);
                socket.getOutputStream().write(packet);
                if (socket.getInputStream().readNBytes(4).length == 4) {
                    connected.incrementAndGet();
                }
            } catch (IOException e) {
                stopped.compareAndSet(false, connected.get() >= CONNECTED_FIRST); // nobody listens any more
            }
        }
    }
}
