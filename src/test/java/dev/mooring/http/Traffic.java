package dev.mooring.http;

import dev.mooring.TestBroker;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A little of everything that clients do, byte by byte, so that a test knows what is to be counted. */
final class Traffic {
    static final String CLIENT_ID = "sensor-kitchen";
    static final String TOPIC = "home/kitchen";
    static final String TOKEN = "0123456789012345678901234567890123456789";
    static final String CONFIGURATION = """
            {"http": {"enable": true, "port": 0, "token": "0123456789012345678901234567890123456789"},
             "hooks": {"message.publish": [{"action": {"function": "on_message_publish"}, "pool": "local"}]}}
            """;

    private Traffic() {}

    /**
     * A persistent subscriber that does not acknowledge and stays; a publisher that sends at QoS 0, 1 and 1 (retained,
     * to nobody) and leaves; a CONNECT that is none.
     */
    static Socket run(TestBroker broker) throws IOException {
        Socket subscriber = new Socket("127.0.0.1", broker.port());
        subscriber.setSoTimeout(20_000);
        say(subscriber, "10 1f 0004 4d515454 05 00 003c 05 11 00000e10", string(CLIENT_ID));
        expect(subscriber, 0x20);
        say(subscriber, "82 12 0001 00", string(TOPIC), "01");
        expect(subscriber, 0x90);
        try (Socket publisher = new Socket("127.0.0.1", broker.port())) {
            publisher.setSoTimeout(20_000);
            say(publisher, "10 11 0004 4d515454 04 02 003c", string("meter"));
            expect(publisher, 0x20);
            say(publisher, "30 0f", string("home/elsewhere"), "");
            say(publisher, "32 12", string(TOPIC), "0001 6869");
            expect(publisher, 0x40);
            say(publisher, "33 0d", string("home/old"), "0002 31");
            expect(publisher, 0x40);
            say(publisher, "c0 00");
            expect(publisher, 0xD0);
            say(publisher, "e0 00");
            publisher.getInputStream().read();
        }
        try (Socket malformed = new Socket("127.0.0.1", broker.port())) {
            malformed.setSoTimeout(20_000);
            say(malformed, "10 0e 0004 4d515454 05 01 003c 00 0001 61"); // a reserved flag
            malformed.getInputStream().read();
        }
        expect(subscriber, 0x32);
        return subscriber;
    }

    /** The remaining length is put right: nobody counts bytes by hand. */
    static void say(Socket socket, String fixedHeader, String... rest) throws IOException {
        byte[] packet = HexFormat.of().parseHex((fixedHeader + String.join("", rest)).replace(" ", ""));
        packet[1] = (byte) (packet.length - 2);
        socket.getOutputStream().write(packet);
    }

    static String string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return "%04x".formatted(utf8.length) + HexFormat.of().formatHex(utf8);
    }

    /** Reads one packet, all of it. */
    static byte[] expect(Socket socket, int first) throws IOException {
        int type = socket.getInputStream().read();
        if (type != first) {
            throw new IOException("got a packet that begins with " + Integer.toHexString(type));
        }
        return socket.getInputStream().readNBytes(socket.getInputStream().read());
    }
}
