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

    @Test
    @DisplayName("so is version 2, which is binary; rules count for the address in it")
    void binaryHeader() throws IOException {
        String rule = "{\"permission\": \"deny\", \"topics\": [\"proxied\"]," + " \"addresses\": [\"203.0.113.0/24\"]}";
        try (TestBroker broker = TestBroker.start("{\"auth\": {\"acl\": {\"no_match\": \"allow\", \"rules\": ["
                + rule + "]}}, \"listeners\": [{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0,"
                + " \"proxy_protocol\": true}]}")) {
            assertThat(subscribed(broker, "cb007107", "proxied"))
                    .as("203.0.113.7")
                    .isEqualTo(0x80);
            assertThat(subscribed(broker, "c0000207", "proxied"))
                    .as("192.0.2.7")
                    .isZero();
        }
    }

    @Test
    @DisplayName("$SYS is open to this machine by default, and to nobody whom a load balancer lets in from elsewhere")
    void sysOfOthers() throws IOException {
        try (TestBroker broker = TestBroker.start("{\"listeners\": [{\"type\": \"tcp\", \"host\": \"127.0.0.1\","
                + " \"port\": 0, \"proxy_protocol\": true}]}")) {
            assertThat(subscribed(broker, "cb007107", "$SYS/+/x"))
                    .as("203.0.113.7")
                    .isEqualTo(0x80);
            assertThat(subscribed(broker, "7f000001", "$SYS/+/x"))
                    .as("127.0.0.1")
                    .isZero();
        }
    }

    /** Return code of SUBACK for a client from this address. */
    private static int subscribed(TestBroker broker, String address, String filter) throws IOException {
        HexFormat hex = HexFormat.of();
        try (Socket socket = new Socket("127.0.0.1", broker.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(hex.parseHex("0d0a0d0a000d0a515549540a" + "2111000c" + address + "7f000001" + "c350075b"));
            out.write(CONNECT);
            out.write(hex.parseHex("82" + hex.toHexDigits((byte) (5 + filter.length())) + "0001"));
            out.write(hex.parseHex(hex.toHexDigits((short) filter.length())));
            out.write((filter + "\0").getBytes(StandardCharsets.US_ASCII)); // QoS 0
            out.flush();
            byte[] answers = socket.getInputStream().readNBytes(9);
            assertThat(answers).startsWith(0x20, 0x02, 0x00, 0x00, 0x90, 0x03, 0x00, 0x01);
            return answers[8] & 0xFF;
        }
    }

    private static byte[] answer(TestBroker broker, String header) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", broker.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(header.getBytes(StandardCharsets.US_ASCII));
            out.write(CONNECT);
            out.flush();
            return socket.getInputStream().readNBytes(4);
        }
    }
}
