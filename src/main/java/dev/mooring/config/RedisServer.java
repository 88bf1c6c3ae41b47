package dev.mooring.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis, or a Sentinel, listens.
 *
 * @param host name or address; of IPv6 without brackets
 */
public record RedisServer(String host, int port) {
    private static final int DEFAULT_PORT = 6379;
    private static final Pattern ONE = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([^\\s:/@\\[\\]]+))(?::([0-9]{1,5}))?");

    /** Of {@code host[:port][,host[:port]]...}; null when it is something else. Not empty. */
    static @Nullable List<RedisServer> parse(String text) {
        List<RedisServer> servers = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Matcher m = ONE.matcher(one.strip());
            if (!m.matches()) {
                return null;
            }
            int port = m.group(3) == null ? DEFAULT_PORT : Integer.parseInt(m.group(3));
            if (port < 1 || port > 65535) {
                return null;
            }
            servers.add(new RedisServer(m.group(1) == null ? m.group(2) : m.group(1), port));
        }
        return servers;
    }

    /** {@code host:port}; an IPv6 address in brackets. */
    public String address() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
