package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A listener behind a load balancer that tells who is really calling. */
class ProxyProtocolTest {
    private static final byte[] CONNECT = HexFormat.of().parseHex("101000044d51545404020000000470787931");

    @Test
    @DisplayName("PROXY protocol version 1 in front of CONNECT is taken off")
    void proxyHeader() throws IOException {
        try (TestBroker broker = TestBroker.start("{\"listeners\": ["
                + "{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0, \"proxy_protocol\": true},"
                + "{\"type\": \"ws\", \"host\": \"127.0.0.1\", \"port\": 0}]}")) {
            assertThat(answer(broker, "PROXY TCP4 203.0.113.7 127.0.0.1 50000 1883\r\n"))
                    .startsWith(0x20, 0x02, 0x00, 0x00);
        }
    }

    private static byte[] answer(TestBroker broker, String header) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", broker.port())) {
            socket.setSoTimeout(5_000);
            OutputStream out = socket.getOutputStream();
            out.write(header.getBytes(StandardCharsets.US_ASCII));
            out.write(CONNECT);
            out.flush();
            return socket.getInputStream().readNBytes(4);
        }
    }
}
