package dev.mooring.auth;

import dev.mooring.message.TopicFilter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A topic filter of a rule, in which a client's own names may stand.
 *
 * <p>Names are chosen by clients, so a name must not say more than a name (CVE-2017-7650): one that is missing or
 * empty, that has {@code + # /}, or that would begin the filter with {@code $}, fits no place. Then a rule that allows
 * matches nothing, and one that denies matches everything from the level with the name on: in doubt the answer is no.
 */
final class TopicTemplate {
    private static final Pattern PLACE = Pattern.compile("%c|%u|\\$\\{clientid}|\\$\\{username}");
    private static final Pattern UNKNOWN = Pattern.compile("\\$\\{[^}]*}");

    private TopicTemplate() {}

    /** Why {@code text} can't be the topic of a rule, or null. */
    static @Nullable String problem(String text) {
        String sample = PLACE.matcher(text).replaceAll("x");
        TopicFilter filter = TopicFilter.parse(sample);
        Matcher unknown = UNKNOWN.matcher(sample);
        if (unknown.find()) {
            return "unknown variable " + unknown.group() + "; there are %c or ${clientid}, %u or ${username}";
        }
        if (filter == null) {
            return "is not a topic filter: + and # stand alone between slashes, and # only at the end";
        }
        return filter.isShared() ? "must be without $share/" + filter.group() + "/: rules count for every group" : null;
    }

    /** The filter for one client, or null when the rule does not concern it. */
    static @Nullable TopicFilter filter(String text, boolean allow, Subject subject) {
        Matcher place = PLACE.matcher(text);
        StringBuilder filter = new StringBuilder();
        int end = 0;
        while (place.find()) {
            boolean isClient = place.group().equals("%c") || place.group().equals("${clientid}");
            String value = isClient ? subject.clientId() : subject.username(allow);
            if (value == null || !fits(value, place.start() == 0)) {
                return allow ? null : everythingAt(text, place.start());
            }
            filter.append(text, end, place.start()).append(value);
            end = place.end();
        }
        return TopicFilter.parse(filter.append(text, end, text.length()).toString());
    }

    private static boolean fits(String value, boolean begins) {
        return !value.isEmpty()
                && value.indexOf('+') < 0
                && value.indexOf('#') < 0
                && value.indexOf('/') < 0
                && !(begins && value.charAt(0) == '$');
    }

    private static TopicFilter everythingAt(String text, int place) {
        String before = text.substring(0, text.lastIndexOf('/', place) + 1);
        return TopicFilter.of(PLACE.matcher(before).replaceAll("+") + "#");
    }
}
