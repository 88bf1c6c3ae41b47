package dev.mooring.auth;

import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;

/**
 * What one client may publish and subscribe. Made when it connects, so that a PUBLISH asks no map and no file;
 * immutable.
 *
 * <p>Without rules everything is allowed but the broker's own {@code $SYS} tree: nobody writes there, and it is read
 * only where the configuration says so. Other topics that begin with {@code $} are ordinary.
 */
public final class Permissions {
    private static final String SYS = "$SYS";

    private final boolean sysReadable;

    /** @param sysReadable whether {@code $SYS/#} may be subscribed */
    public Permissions(boolean sysReadable) {
        this.sysReadable = sysReadable;
    }

    public boolean mayPublish(TopicName topic, int qos, boolean retain) {
        return !isSys(topic.text());
    }

    /**
     * A filter that begins with a wildcard needs no look: it cannot match {@code $SYS} ([MQTT-4.7.2-1]). The share
     * prefix is no part of what is asked, so {@code $share/g/$SYS/#} gets no further than {@code $SYS/#}.
     */
    public boolean maySubscribe(TopicFilter filter) {
        return sysReadable || !isSys(filter.filter());
    }

    private static boolean isSys(String topicOrFilter) {
        return topicOrFilter.startsWith(SYS)
                && (topicOrFilter.length() == SYS.length() || topicOrFilter.charAt(SYS.length()) == '/');
    }

    /**
     * Whether {@code allowed} matches every topic that {@code requested} can match: what a subscription needs from a
     * rule. To match the requested text as if it were a topic is the classic mistake: {@code +} would allow {@code #}.
     *
     * <p>Level by level: a wildcard is only covered by one that is at least as wide. {@code #} also stands for "no
     * further level", so {@code a/#} is not covered by {@code a/+/#}, which lacks {@code a}. One pass, no recursion, no
     * allocation.
     *
     * @param allowed a valid filter without share prefix
     * @param requested a valid filter without share prefix
     */
    public static boolean covers(String allowed, String requested) {
        // There is no empty topic, so here "no further level" is not among what is asked for.
        return switch (requested) {
            case "#" -> coversLevels(allowed, "+/#");
            case "/#" -> coversLevels(allowed, "/+/#");
            default -> coversLevels(allowed, requested);
        };
    }

    private static boolean coversLevels(String allowed, String requested) {
        if (requested.charAt(0) == '$' && (allowed.charAt(0) == '+' || allowed.charAt(0) == '#')) {
            return false; // [MQTT-4.7.2-1]
        }
        int a = 0;
        int r = 0;
        while (true) {
            int aEnd = levelEnd(allowed, a);
            int rEnd = levelEnd(requested, r);
            if (isLevel(allowed, a, aEnd, '#')) {
                return true;
            }
            boolean any = isLevel(allowed, a, aEnd, '+');
            boolean all = isLevel(requested, r, rEnd, '#');
            if (any ? all : aEnd - a != rEnd - r || !allowed.regionMatches(a, requested, r, rEnd - r)) {
                return false;
            }
            if (rEnd == requested.length()) {
                return aEnd == allowed.length() || allowed.startsWith("/#", aEnd);
            }
            if (aEnd == allowed.length()) {
                return false;
            }
            a = aEnd + 1;
            r = rEnd + 1;
        }
    }

    private static int levelEnd(String filter, int from) {
        int slash = filter.indexOf('/', from);
        return slash < 0 ? filter.length() : slash;
    }

    private static boolean isLevel(String filter, int from, int end, char wildcard) {
        return end - from == 1 && filter.charAt(from) == wildcard;
    }
}
