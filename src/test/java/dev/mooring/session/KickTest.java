package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import java.io.IOException;
import java.net.Socket;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** An administrator ends a connection. */
class KickTest {
    /** MQTT 5.0, clean start, client id {@code kick}. */
    private static final byte[] CONNECT = HexFormat.of().parseHex("101100044d515454050200000000046b69636b");

    @Test
    @DisplayName("a client that is kicked gets DISCONNECT 0x98 (Administrative action)")
    void kick() throws IOException {
        try (TestBroker broker = TestBroker.start("{}");
                Socket socket = new Socket("127.0.0.1", broker.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(CONNECT);
            int type = socket.getInputStream().read();
            int length = socket.getInputStream().read();
            assertThat(type).isEqualTo(0x20);
            socket.getInputStream().readNBytes(length);
            for (int shard = 0; shard < 2; shard++) {
                broker.vertx().eventBus().send(Address.session(shard), new Kick("kick"), LocalCodec.OPTIONS);
            }
            assertThat(socket.getInputStream().readNBytes(3)).startsWith(0xE0, 0x01, 0x98);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
