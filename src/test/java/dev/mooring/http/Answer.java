package dev.mooring.http;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What an HTTP server answers to a request written byte by byte, so that a test may say anything in it. */
record Answer(int status, String head, String body) {
    /** @param lines header lines besides Host and Connection; with a Host of its own the default is left out */
    static Answer get(int port, String target, String... lines) {
        return ask(port, "GET", target, "", lines);
    }

    static Answer ask(int port, String method, String target, String body, String... lines) {
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        List<String> headers = List.of(lines);
        if (headers.stream().noneMatch(h -> h.startsWith("Host:"))) {
            request.append("Host: 127.0.0.1:").append(port).append("\r\n");
        }
        headers.forEach(h -> request.append(h).append("\r\n"));
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        if (!body.isEmpty()) {
            request.append("Content-Length: ").append(length).append("\r\n");
            request.append("Content-Type: application/json\r\n");
        }
        return raw(port, request + "Connection: close\r\n\r\n" + body);
    }

    /** Everything until the end of the connection. */
    static Answer raw(int port, String request) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (text.isEmpty()) {
                return new Answer(0, "", "");
            }
            int end = text.indexOf("\r\n\r\n");
            String body = text.substring(end + 4);
            return new Answer(Integer.parseInt(text.split(" ", 3)[1]), text.substring(0, end), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonObject json() {
        return new JsonObject(body);
    }

    /** Of a problem. */
    String detail() {
        return json().getString("detail");
    }
}
