package dev.mooring.route;

import org.jspecify.annotations.Nullable;

/**
 * Where in a sorted list of topics the next match of a filter can be.
 *
 * <p>All topics below {@code a/b} begin with {@code a/b/} and so stand together, from {@code "a/b/"} to just before
 * {@code "a/b0"}, for {@code '0'} is the character after {@code '/'}. Where topic and filter part ways, the rest of
 * that block is either before what the filter wants, then we jump there, or behind it, then we jump over the block.
 * Note that {@code "a/b-c"} sorts between {@code "a/b"} and {@code "a/b/c"}, so a topic and what is below it need not
 * be neighbours.
 */
final class TopicRange {
    /** Answer of {@link #next}: the topic matches. */
    static final String MATCH = "#";

    /** Answer of {@link #next}: no match, but the very next topic may be one. */
    static final String STEP = "+";

    private static final char AFTER_SLASH = '/' + 1;
    private static final String AFTER_DOLLAR = String.valueOf((char) ('$' + 1));

    private final String filter;

    TopicRange(String filter) {
        this.filter = filter;
    }

    /** {@link #MATCH}, {@link #STEP}, the least string after {@code topic} that may match, or null when none can. */
    @Nullable
    String next(String topic) {
        int t = 0;
        int f = 0;
        if (topic.charAt(0) == '$' && (filter.charAt(0) == '+' || filter.charAt(0) == '#')) {
            return AFTER_DOLLAR; // [MQTT-4.7.2-1]
        }
        while (true) {
            if (isHash(f)) {
                return MATCH;
            }
            int slash = filter.indexOf('/', f);
            int filterEnd = slash < 0 ? filter.length() : slash;
            slash = topic.indexOf('/', t);
            int topicEnd = slash < 0 ? topic.length() : slash;
            boolean any = filterEnd - f == 1 && filter.charAt(f) == '+';
            if (!any && !(filterEnd - f == topicEnd - t && topic.regionMatches(t, filter, f, filterEnd - f))) {
                return literal(topic, t, f, filterEnd);
            }
            boolean filterLast = filterEnd == filter.length();
            if (topicEnd == topic.length()) {
                if (filterLast || isHash(filterEnd + 1)) {
                    return MATCH;
                }
                return any ? STEP : topic + '/'; // the filter wants what is below this topic
            }
            if (filterLast) { // the topic is below what the filter wants
                return any ? topic.substring(0, topicEnd) + AFTER_SLASH : behind(topic, t);
            }
            t = topicEnd + 1;
            f = filterEnd + 1;
        }
    }

    /** The topics agree up to {@code t}, where the filter wants another level than the topic has. */
    private @Nullable String literal(String topic, int t, int f, int filterEnd) {
        boolean last = filterEnd == filter.length();
        String wanted = topic.substring(0, t) + filter.substring(f, filterEnd);
        if ((last || isHash(filterEnd + 1)) && topic.compareTo(wanted) < 0) {
            return wanted;
        }
        String below = wanted + '/';
        return !last && topic.compareTo(below) < 0 ? below : behind(topic, t);
    }

    /** Behind all topics that share the first {@code t} characters of this one, which end with a slash. */
    private static @Nullable String behind(String topic, int t) {
        return t == 0 ? null : topic.substring(0, t - 1) + AFTER_SLASH;
    }

    private boolean isHash(int at) {
        return at < filter.length() && filter.charAt(at) == '#';
    }
}
