package dev.mooring.auth;

import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;

/**
 * What one client may publish and subscribe: the rules that are about it, with its names in their filters. Made when it
 * connects, so that a PUBLISH asks no map and no file; immutable.
 *
 * <p>The first rule that has an answer counts. A subscription is allowed by a rule whose filter covers it, and denied
 * by one whose filter has a single topic in common with it: else {@code #} would read what {@code secret/#} is to keep.
 *
 * <p>The broker's own {@code $SYS} tree is written by nobody, and read only where a rule says so. Other topics that
 * begin with {@code $} are ordinary.
 */
public final class Permissions {
    private static final String SYS = "$SYS";
    private static final Line[] NONE = {};

    /** Without rules. */
    static final Permissions OPEN = new Permissions(NONE, NONE, true, false);

    /** Of a superuser. */
    static final Permissions ALL = new Permissions(NONE, NONE, true, true);

    /** One filter of one rule. */
    private record Line(boolean allow, TopicFilter filter, int qos, int retain) {}

    private final Line[] publish;
    private final Line[] subscribe;
    private final boolean otherwise;
    private final boolean sysReadable;

    private Permissions(Line[] publish, Line[] subscribe, boolean otherwise, boolean sysReadable) {
        this.publish = publish;
        this.subscribe = subscribe;
        this.otherwise = otherwise;
        this.sysReadable = sysReadable;
    }

    /**
     * @param rules about this client, in order
     * @param otherwise the answer when none of them has one
     */
    static Permissions of(List<AclRule> rules, Subject subject, boolean otherwise) {
        List<Line> publish = new ArrayList<>();
        List<Line> subscribe = new ArrayList<>();
        for (AclRule rule : rules) {
            for (String topic : rule.topics()) {
                TopicFilter filter = TopicTemplate.filter(topic, rule.allow(), subject);
                if (filter == null) {
                    continue;
                }
                Line line = new Line(rule.allow(), filter, rule.qos(), rule.retain());
                if (rule.action() != AclRule.Action.SUBSCRIBE) {
                    publish.add(line);
                }
                if (rule.action() != AclRule.Action.PUBLISH) {
                    subscribe.add(line);
                }
            }
        }
        return new Permissions(publish.toArray(NONE), subscribe.toArray(NONE), otherwise, false);
    }

    /** Asked for every PUBLISH: no allocation, and next to nothing where there are no rules. */
    public boolean mayPublish(TopicName topic, int qos, boolean retain) {
        String text = topic.text();
        if (isSys(text)) {
            return false;
        }
        int flag = retain ? 2 : 1;
        for (Line line : publish) {
            if ((line.qos >> qos & 1) != 0 && (line.retain & flag) != 0 && line.filter.matches(text)) {
                return line.allow;
            }
        }
        return otherwise;
    }

    /** Whether {@link #mayPublish} has rules to go through, which takes some tens of nanoseconds each. */
    public boolean hasPublishRules() {
        return publish.length > 0;
    }

    /**
     * The share prefix is no part of what is asked, so {@code $share/g/$SYS/#} gets no further than {@code $SYS/#}. A
     * filter that begins with a wildcard can't match {@code $SYS} ([MQTT-4.7.2-1]).
     */
    public boolean maySubscribe(TopicFilter filter, int qos) {
        return mayRead(filter.filter(), 1 << qos);
    }

    /** Whether a message may be handed over, by whatever subscription it came. */
    public boolean mayReceive(TopicName topic) {
        String text = topic.text();
        return mayRead(text, 1) || mayRead(text, 2) || mayRead(text, 4);
    }

    /** Whether there is a message that this client may not receive, {@code $SYS} apart. */
    public boolean restrictsReading() {
        for (Line line : subscribe) {
            if (!line.allow) {
                return true;
            }
        }
        return !otherwise;
    }

    private boolean mayRead(String filter, int qos) {
        for (Line line : subscribe) {
            if ((line.qos & qos) != 0) {
                if (line.allow ? covers(line.filter.filter(), filter) : overlaps(line.filter.filter(), filter)) {
                    return line.allow;
                }
            }
        }
        return otherwise && (sysReadable || !isSys(filter));
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

    /** Whether there is a topic that both filters match. Level by level, as {@link #covers}. */
    public static boolean overlaps(String one, String other) {
        String a = one.equals("/#") ? "/+/#" : one; // there is no empty topic
        String b = other.equals("/#") ? "/+/#" : other;
        boolean aWild = a.charAt(0) == '+' || a.charAt(0) == '#';
        boolean bWild = b.charAt(0) == '+' || b.charAt(0) == '#';
        if ((aWild && b.charAt(0) == '$') || (bWild && a.charAt(0) == '$')) {
            return false; // [MQTT-4.7.2-1]
        }
        int i = 0;
        int j = 0;
        while (true) {
            int iEnd = levelEnd(a, i);
            int jEnd = levelEnd(b, j);
            if (isLevel(a, i, iEnd, '#') || isLevel(b, j, jEnd, '#')) {
                return true;
            }
            boolean any = isLevel(a, i, iEnd, '+') || isLevel(b, j, jEnd, '+');
            if (!any && (iEnd - i != jEnd - j || !a.regionMatches(i, b, j, iEnd - i))) {
                return false;
            }
            if (iEnd == a.length() || jEnd == b.length()) {
                return (iEnd == a.length() && jEnd == b.length()) || endsIn(a, iEnd) || endsIn(b, jEnd);
            }
            i = iEnd + 1;
            j = jEnd + 1;
        }
    }

    /** {@code a/#} also matches {@code a}. */
    private static boolean endsIn(String filter, int end) {
        return filter.startsWith("/#", end);
    }

    private static int levelEnd(String filter, int from) {
        int slash = filter.indexOf('/', from);
        return slash < 0 ? filter.length() : slash;
    }

    private static boolean isLevel(String filter, int from, int end, char wildcard) {
        return end - from == 1 && filter.charAt(from) == wildcard;
    }
}
