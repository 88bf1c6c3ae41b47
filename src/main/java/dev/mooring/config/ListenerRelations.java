package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLServerSocketFactory;

/** What a schema can't say about listeners. */
final class ListenerRelations {
    private static final int PACKET_BYTES_MIN = 128;

    private final JsonNode listeners;
    private final long packetSizeMax;
    private final Problems problems;

    /** @param packetSizeMax of all listeners */
    ListenerRelations(JsonNode listeners, long packetSizeMax, Problems problems) {
        this.listeners = listeners;
        this.packetSizeMax = packetSizeMax;
        this.problems = problems;
    }

    void check() {
        for (int i = 0; i < listeners.size(); i++) {
            JsonNode listener = listeners.path(i);
            String pointer = "/listeners/" + i;
            String type = listener.path("type").asText();
            for (String key : List.of("path", "origins")) {
                if ((type.equals("tcp") || type.equals("tls")) && problems.isWritten(pointer + "/" + key)) {
                    problems.replace(pointer + "/" + key, "is for listeners of type ws and wss only");
                }
            }
            checkPacketSize(listener.at("/limits/packet_size_max").asLong(), pointer + "/limits/packet_size_max");
            boolean isTls = type.equals("tls") || type.equals("wss");
            if (isTls && !listener.has("tls")) {
                problems.add(pointer, "needs \"tls\": an object with certfile and keyfile");
            } else if (listener.has("tls") && (type.equals("tcp") || type.equals("ws"))) {
                problems.replaceAllIn(pointer + "/tls", pointer + "/tls", "is for listeners of type tls and wss only");
            } else if (isTls) {
                checkTls(listener.path("tls"), pointer + "/tls");
            }
            for (int j = 0; j < i; j++) {
                String name = listener.path("name").asText();
                boolean isWritten =
                        problems.isWritten(pointer + "/name") || problems.isWritten("/listeners/" + j + "/name");
                if (isWritten && name.equals(listeners.path(j).path("name").asText())) {
                    problems.replace(pointer + "/name", Schema.quote(name) + " is taken by /listeners/" + j);
                }
                if (collide(listener, listeners.path(j)) && !problems.anyIn(pointer + "/port")) {
                    problems.add(pointer + "/port", listener.path("port").asText() + " is taken by /listeners/" + j);
                }
            }
        }
    }

    private void checkPacketSize(long own, String pointer) {
        boolean isRight = own == 0 || own >= PACKET_BYTES_MIN && own <= packetSizeMax;
        if (!isRight && !problems.anyIn(pointer) && !problems.anyIn("/limits/packet_size_max")) {
            problems.add(
                    pointer,
                    "must be 0, or from " + PACKET_BYTES_MIN + " to limits.packet_size_max (" + packetSizeMax
                            + "), not " + own);
        }
    }

    private void checkTls(JsonNode tls, String pointer) {
        String verify = tls.path("verify").asText();
        boolean verifies = verify.equals("request") || verify.equals("require");
        if (verifies && tls.path("cacertfile").asText().isEmpty() && !problems.anyIn(pointer)) {
            problems.add(
                    pointer, "needs \"cacertfile\": the authorities whose clients verify \"" + verify + "\" trusts");
        }
        for (String key : List.of("cacertfile", "crlfile")) {
            String at = pointer + "/" + key;
            if (!verifies && !tls.path(key).asText().isEmpty() && !problems.anyIn(pointer + "/verify")) {
                problems.add(at, "has no effect without verify \"request\" or \"require\"");
            }
        }
        for (String key : List.of("certfile", "keyfile", "cacertfile", "crlfile")) {
            checkFile(tls.path(key), pointer + "/" + key);
        }
        if (!tls.path("ciphers").isEmpty()) {
            checkCiphers(tls.path("ciphers"), pointer + "/ciphers");
        }
        for (int i = 0; i < tls.path("sni").size(); i++) {
            for (String key : List.of("certfile", "keyfile")) {
                checkFile(tls.at("/sni/" + i + "/" + key), pointer + "/sni/" + i + "/" + key);
            }
        }
    }

    private void checkCiphers(JsonNode ciphers, String pointer) {
        SSLServerSocketFactory factory = (SSLServerSocketFactory) SSLServerSocketFactory.getDefault();
        List<String> known = List.of(factory.getSupportedCipherSuites());
        for (int i = 0; i < ciphers.size(); i++) {
            String cipher = ciphers.path(i).asText();
            String at = pointer + "/" + i;
            if (!known.contains(cipher) && !problems.anyIn(at)) {
                problems.add(
                        at,
                        "there is no cipher suite " + Schema.quote(cipher) + " in this Java"
                                + DidYouMean.hint(cipher, known));
            }
        }
    }

    private void checkFile(JsonNode name, String pointer) {
        String file = name.asText();
        if (!file.isEmpty() && !problems.anyIn(pointer) && !isFile(file)) {
            problems.add(pointer, "there is no file " + Schema.quote(file));
        }
    }

    static boolean isFile(String name) {
        try {
            return Files.isRegularFile(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static boolean collide(JsonNode a, JsonNode b) {
        boolean samePort = a.path("port").isNumber()
                && a.path("port").asInt() == b.path("port").asInt();
        String host = a.path("host").asText();
        String other = b.path("host").asText();
        boolean sameHost = host.equals(other) || isAny(host) || isAny(other);
        return samePort && sameHost && a.path("port").asInt() != 0;
    }

    private static boolean isAny(String host) {
        return host.equals("0.0.0.0") || host.equals("::");
    }
}
