package dev.mooring.message;

import org.jspecify.annotations.Nullable;

/**
 * What a subscription matches, MQTT 5.0 §4.7 and §4.8.2: a plain filter, or {@code $share/<group>/<filter>}.
 *
 * @param text the whole filter as the client wrote it, share prefix included
 * @param group the share name, or null for a plain subscription
 * @param filter what is matched against topics: {@code text} without the share prefix
 * @param wildcard whether {@code filter} has {@code +} or {@code #}
 */
public record TopicFilter(String text, @Nullable String group, String filter, boolean wildcard) {
    private static final String SHARE = "$share/";

    /**
     * Parses a filter; null when the standard does not allow it ([MQTT-4.7.1-2], [MQTT-4.7.1-3], [MQTT-4.8.2-1],
     * [MQTT-4.8.2-2]).
     */
    public static @Nullable TopicFilter parse(String text) {
        if (!text.startsWith(SHARE)) {
            return isPlain(text) ? new TopicFilter(text, null, text, isWildcard(text)) : null;
        }
        int slash = text.indexOf('/', SHARE.length());
        if (slash <= SHARE.length()) {
            return null;
        }
        String group = text.substring(SHARE.length(), slash);
        String filter = text.substring(slash + 1);
        boolean ok = group.indexOf('+') < 0 && group.indexOf('#') < 0 && isPlain(filter);
        return ok ? new TopicFilter(text, group, filter, isWildcard(filter)) : null;
    }

    /** @throws IllegalArgumentException when {@link #parse} gives null */
    public static TopicFilter of(String text) {
        TopicFilter filter = parse(text);
        if (filter == null) {
            throw new IllegalArgumentException("not a topic filter: " + text);
        }
        return filter;
    }

    public boolean isShared() {
        return group != null;
    }

    /** Number of levels of {@link #filter}, at least 1. */
    public int levels() {
        int levels = 1;
        for (int i = filter.indexOf('/'); i >= 0; i = filter.indexOf('/', i + 1)) {
            levels++;
        }
        return levels;
    }

    /** What every topic that {@link #filter} matches begins with; {@code a/#} matches {@code a} too. */
    public String literalPrefix() {
        int end = 0;
        while (end < filter.length() && filter.charAt(end) != '+' && filter.charAt(end) != '#') {
            end++;
        }
        if (end > 0 && end < filter.length() && filter.charAt(end) == '#') {
            end--;
        }
        return filter.substring(0, end);
    }

    /** Whether {@code topic} is matched by {@link #filter}. One pass, no recursion, no allocation. */
    public boolean matches(String topic) {
        if (!wildcard) {
            return filter.equals(topic);
        }
        if (topic.charAt(0) == '$' && (filter.charAt(0) == '+' || filter.charAt(0) == '#')) {
            return false; // [MQTT-4.7.2-1]
        }
        int t = 0;
        int f = 0;
        int topicEnd = topic.length();
        while (true) {
            int filterSlash = filter.indexOf('/', f);
            int filterEnd = filterSlash < 0 ? filter.length() : filterSlash;
            if (filterEnd - f == 1 && filter.charAt(f) == '#') {
                return true;
            }
            int topicSlash = topic.indexOf('/', t);
            int levelEnd = topicSlash < 0 ? topicEnd : topicSlash;
            boolean any = filterEnd - f == 1 && filter.charAt(f) == '+';
            if (!any && (filterEnd - f != levelEnd - t || !filter.regionMatches(f, topic, t, levelEnd - t))) {
                return false;
            }
            if (topicSlash < 0) { // the last level of the topic: "a/#" also matches "a"
                return filterSlash < 0 || (filter.length() == filterSlash + 2 && filter.charAt(filterSlash + 1) == '#');
            }
            if (filterSlash < 0) {
                return false;
            }
            t = topicSlash + 1;
            f = filterSlash + 1;
        }
    }

    /**
     * Whether it is a filter to who knows nothing of share names, as MQTT 3.1.1: not empty, without U+0000, a wildcard
     * fills its level, and {@code #} is the last one.
     */
    public static boolean isPlain(String filter) {
        int length = filter.length();
        if (length == 0 || filter.indexOf('\0') >= 0) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = filter.charAt(i);
            if (c == '+' || c == '#') {
                boolean startsLevel = i == 0 || filter.charAt(i - 1) == '/';
                boolean endsLevel = i == length - 1 || (c == '+' && filter.charAt(i + 1) == '/');
                if (!startsLevel || !endsLevel) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isWildcard(String filter) {
        return filter.indexOf('+') >= 0 || filter.indexOf('#') >= 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
