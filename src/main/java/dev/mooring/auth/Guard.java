package dev.mooring.auth;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps out who has failed to log in too often, by address and by client id, and clients that come and go too often;
 * and whom somebody has banned by hand. One for the node, asked at each CONNECT; safe for all threads.
 *
 * <p>A ban by client id can be brought about by whoever knows the id, and one by address hits everybody behind it: so
 * both are off until they are asked for. Back-off only makes failures slower.
 */
public final class Guard {
    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

    /** Addresses and client ids that are counted, and bans; beyond it the oldest are forgotten. */
    static final int ENTRIES_MAX = 100_000;

    /** Longest back-off; below every sensible time for CONNECT. */
    static final long BACKOFF_MS_MAX = 3_000;

    /** What a ban is about. */
    public enum Kind {
        ADDRESS,
        CLIENT_ID
    }

    /**
     * @param addressFailuresMax failed logins of one address in a window before it is banned; 0: never
     * @param clientFailuresMax the same of one client id
     * @param flappingMax connections of one client id in a window; 0: any number
     * @param backoffMs how long the second failure of an address is answered later; each further one twice as long
     */
    public record Settings(
            int addressFailuresMax, int clientFailuresMax, int flappingMax, int windowS, int banS, int backoffMs) {}

    /** @param untilMs wall clock */
    public record Ban(Kind kind, String value, long untilMs, String why) {
        /** For people. */
        @Override
        public String toString() {
            String what = kind == Kind.ADDRESS ? "address " : "client id ";
            return what + value + " is banned until " + Instant.ofEpochMilli(untilMs) + ": " + why;
        }
    }

    private record Key(Kind kind, String value) {}

    private static final class Window {
        final long startMs;
        int count;

        Window(long startMs) {
            this.startMs = startMs;
        }
    }

    private volatile Settings settings;
    private final Map<Key, Window> failures;
    private final Map<Key, Window> connections;
    private final Map<Key, Ban> bans;

    public Guard(Settings settings) {
        this(settings, ENTRIES_MAX);
    }

    Guard(Settings settings, int entriesMax) {
        this.settings = settings;
        failures = bounded(entriesMax);
        connections = bounded(entriesMax);
        bans = bounded(entriesMax);
    }

    private static <V> Map<Key, V> bounded(int entriesMax) {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, V> eldest) {
                return size() > entriesMax;
            }
        };
    }

    /** By another configuration: counts from now on; bans stay. */
    public void settings(Settings next) {
        settings = next;
    }

    /** Why this client must not come in, if so. */
    public synchronized Optional<Ban> ban(String address, String clientId, long nowMs) {
        if (bans.isEmpty()) {
            return Optional.empty();
        }
        Optional<Ban> ofAddress = ban(new Key(Kind.ADDRESS, address), nowMs);
        return ofAddress.isPresent() ? ofAddress : ban(new Key(Kind.CLIENT_ID, clientId), nowMs);
    }

    private Optional<Ban> ban(Key key, long nowMs) {
        Ban ban = bans.get(key);
        if (ban != null && ban.untilMs <= nowMs) {
            bans.remove(key);
            return Optional.empty();
        }
        return Optional.ofNullable(ban);
    }

    /** A login has failed. Returns how long the client is to wait for the answer, milliseconds. */
    public synchronized long failed(String address, String clientId, long nowMs) {
        Settings s = settings;
        Key from = new Key(Kind.ADDRESS, address);
        int count = count(failures, from, nowMs);
        if (s.addressFailuresMax > 0 && count >= s.addressFailuresMax) {
            ban(from, nowMs + 1000L * s.banS, count + " failed logins");
        }
        if (s.clientFailuresMax > 0) {
            Key id = new Key(Kind.CLIENT_ID, clientId);
            int ofClient = count(failures, id, nowMs);
            if (ofClient >= s.clientFailuresMax) {
                ban(id, nowMs + 1000L * s.banS, ofClient + " failed logins");
            }
        }
        return count < 2 || s.backoffMs == 0
                ? 0
                : Math.min(BACKOFF_MS_MAX, (long) s.backoffMs << Math.min(count - 2, 16));
    }

    /** A client is in. */
    public synchronized void connected(String clientId, long nowMs) {
        Settings s = settings;
        if (s.flappingMax > 0) {
            Key id = new Key(Kind.CLIENT_ID, clientId);
            int count = count(connections, id, nowMs);
            if (count > s.flappingMax) {
                ban(id, nowMs + 1000L * s.banS, count + " connections within a window");
            }
        }
    }

    private void ban(Key key, long untilMs, String why) {
        Ban ban = new Ban(key.kind, key.value, untilMs, why);
        LOG.info("{}", ban);
        add(ban);
    }

    private int count(Map<Key, Window> windows, Key key, long nowMs) {
        Window window = windows.get(key);
        if (window == null || nowMs - window.startMs >= 1000L * settings.windowS) {
            windows.remove(key); // to the end, where the newest are
            window = new Window(nowMs);
            windows.put(key, window);
        }
        return ++window.count;
    }

    // ---- by hand

    /** Instead of an earlier one of the same. */
    public synchronized void add(Ban ban) {
        Key key = new Key(ban.kind, ban.value);
        bans.remove(key);
        bans.put(key, ban);
        failures.remove(key);
        connections.remove(key);
    }

    /** False when there was none. */
    public synchronized boolean lift(Kind kind, String value) {
        return bans.remove(new Key(kind, value)) != null;
    }

    /** Those that count now. */
    public synchronized List<Ban> bans(long nowMs) {
        Iterator<Ban> all = bans.values().iterator();
        List<Ban> now = new ArrayList<>();
        while (all.hasNext()) {
            Ban ban = all.next();
            if (ban.untilMs <= nowMs) {
                all.remove();
            } else {
                now.add(ban);
            }
        }
        return now;
    }

    /** For figures: how many addresses and client ids are being counted, and banned. */
    public synchronized Map<String, Integer> sizes() {
        Map<String, Integer> sizes = new HashMap<>();
        sizes.put("failures", failures.size());
        sizes.put("connections", connections.size());
        sizes.put("bans", bans.size());
        return sizes;
    }
}
