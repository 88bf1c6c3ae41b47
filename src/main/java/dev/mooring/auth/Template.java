package dev.mooring.auth;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with variables for what a client shows: {@code %c} or {@code ${clientid}}, {@code %u} or {@code ${username}}.
 */
public final class Template {
    private static final Pattern PLACE = Pattern.compile("%c|%u|\\$\\{clientid}|\\$\\{username}");

    private final String text;

    public Template(String text) {
        this.text = text;
    }

    /** Null when a variable has no value. A value is taken as it is, and never read as a template again. */
    @Nullable
    String fill(String clientId, @Nullable String username) {
        Matcher place = PLACE.matcher(text);
        StringBuilder filled = new StringBuilder();
        int end = 0;
        while (place.find()) {
            String value = place.group().contains("c") && !place.group().contains("username") ? clientId : username;
            if (value == null || value.isEmpty()) {
                return null;
            }
            filled.append(text, end, place.start()).append(value);
            end = place.end();
        }
        return filled.append(text, end, text.length()).toString();
    }
}
