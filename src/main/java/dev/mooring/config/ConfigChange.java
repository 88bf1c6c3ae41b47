package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What another configuration changes, as JSON pointers: the value, the list whose length is another one, or what came
 * or went as a whole. A file or secret whose content has changed counts as its key.
 *
 * @param all that is otherwise than it was read last
 * @param live of these what counts at once
 * @param restart what is otherwise than what the broker runs with, and counts only after a restart
 * @param contents of all what is a file that has the same name and another content
 */
public record ConfigChange(List<String> all, List<String> live, List<String> restart, List<String> contents) {
    private static final String LISTENERS = "/listeners";

    public ConfigChange {
        all = List.copyOf(all);
        live = List.copyOf(live);
        restart = List.copyOf(restart);
        contents = List.copyOf(contents);
    }

    /**
     * @param started with which the broker started: what needs a restart is still as it was there
     * @param last what was taken in last
     * @param running of which some pools may be as they were before
     */
    public static ConfigChange of(
            ConfigResult.Valid started, ConfigResult.Valid last, ConfigResult.Valid next, Config running) {
        EffectiveConfig after = next.effective();
        List<String> all = pointers(last.effective(), after);
        List<String> contents = all.stream()
                .filter(p -> differ(last.effective().files(), after.files(), p))
                .toList();
        Set<String> restart = new LinkedHashSet<>(pointers(started.effective(), after));
        restart.removeIf(p -> !needsRestart(after, p));
        List<String> live = new ArrayList<>(all);
        live.removeIf(p -> needsRestart(after, p));
        ConfigChange change = new ConfigChange(all, live, List.copyOf(restart), contents);
        for (String pool : LiveConfig.fixedPools(running, next.config(), change)) {
            String pointer = pointer(pool);
            live.removeIf(p -> isIn(p, pointer));
            restart.add(pointer);
        }
        return new ConfigChange(all, live, List.copyOf(restart), contents);
    }

    /** The same, to be put in place in all sections: what is in place is known of none. */
    public ConfigChange everywhere(EffectiveConfig next) {
        List<String> sections = new ArrayList<>(all);
        Schema.names(next.tree()).forEach(section -> sections.add("/" + section));
        return new ConfigChange(sections, live, restart, contents);
    }

    /** Whether something in this section is otherwise than it was. */
    public boolean isAbout(String section) {
        return all.stream().anyMatch(p -> isIn(p, section));
    }

    /** Whether a pool is to be opened anew because of what is in its files. */
    public boolean hasOtherFiles(String pool) {
        return contents.stream().anyMatch(p -> isIn(p, pointer(pool)));
    }

    private static String pointer(String pool) {
        return "/pools/" + ConfigError.escaped(pool);
    }

    private static boolean isIn(String pointer, String section) {
        return pointer.equals(section) || pointer.startsWith(section + "/");
    }

    private static boolean needsRestart(EffectiveConfig config, String pointer) {
        return pointer.equals(LISTENERS) || Schema.load().needsRestart(config.tree(), pointer);
    }

    private static List<String> pointers(EffectiveConfig before, EffectiveConfig after) {
        List<String> found = new ArrayList<>();
        compare(before.tree(), after.tree(), "", before, after, found);
        return found;
    }

    private static void compare(
            JsonNode a, JsonNode b, String pointer, EffectiveConfig before, EffectiveConfig after, List<String> found) {
        boolean lists = a.isArray() && b.isArray() && a.size() == b.size();
        if (pointer.equals(LISTENERS) && !names(a).equals(names(b))) {
            found.add(pointer);
        } else if (a.isObject() && b.isObject()) {
            Set<String> keys = new LinkedHashSet<>(Schema.names(b));
            keys.addAll(Schema.names(a));
            for (String key : keys) {
                String child = pointer + "/" + ConfigError.escaped(key);
                compare(a.path(key), b.path(key), child, before, after, found);
            }
        } else if (lists) {
            for (int i = 0; i < b.size(); i++) {
                compare(a.get(i), b.get(i), pointer + "/" + i, before, after, found);
            }
        } else if (!a.equals(b)
                || differ(before.secrets(), after.secrets(), pointer)
                || differ(before.files(), after.files(), pointer)) {
            found.add(pointer);
        }
    }

    private static List<String> names(JsonNode listeners) {
        List<String> names = new ArrayList<>();
        listeners.forEach(l -> names.add(l.path("name").asText()));
        return names;
    }

    private static boolean differ(Map<String, String> a, Map<String, String> b, String pointer) {
        return !Objects.equals(a.get(pointer), b.get(pointer));
    }
}
