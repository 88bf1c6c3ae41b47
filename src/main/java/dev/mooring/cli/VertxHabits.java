package dev.mooring.cli;

import java.util.List;
import java.util.Map;

/**
 * What people who know Vert.x's launcher may try. {@code run}, {@code -conf} and {@code -cluster} mean the same here;
 * the rest is refused with what to do instead.
 */
final class VertxHabits {
    private static final String NO_HA = "a node that dies is not started elsewhere; its clients go to the others";
    private static final String ADDRESS = "addresses of a node for others are keys of /cluster: --set /cluster/host=";
    private static final String BY_CONFIGURATION =
            "Vert.x is set up by the configuration; docs/configuration.md has the keys";
    private static final String NO_VERTICLE = "Mooring deploys its verticles itself";
    private static final String BY_SYSTEM =
            "let systemd, a container or a shell run it; SIGTERM stops it in order, and the next start goes on";

    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("ha", NO_HA),
            Map.entry("hagroup", NO_HA),
            Map.entry("quorum", NO_HA),
            Map.entry("cluster-host", ADDRESS),
            Map.entry("cluster-port", ADDRESS),
            Map.entry("cluster-public-host", ADDRESS),
            Map.entry("cluster-public-port", ADDRESS),
            Map.entry("instances", "the number of event loops is the key /loops: --set /loops=4"),
            Map.entry("options", BY_CONFIGURATION),
            Map.entry("vertx-options", BY_CONFIGURATION),
            Map.entry("deployment-options", BY_CONFIGURATION),
            Map.entry("worker", NO_VERTICLE),
            Map.entry("virtual-thread", NO_VERTICLE),
            Map.entry("cp", "the jar has all it needs"),
            Map.entry("classpath", "the jar has all it needs"),
            Map.entry("java-opts", "options of the JVM stand before -jar"),
            Map.entry("launcher-class", NO_VERTICLE),
            Map.entry("redeploy", BY_SYSTEM),
            Map.entry("on-redeploy", BY_SYSTEM));

    private VertxHabits() {}

    /**
     * For people; empty when there is nothing of that kind.
     *
     * @param words {@code run} and what follows
     */
    static String refusal(List<String> words) {
        if (words.size() > 1 && !words.get(1).startsWith("-")) {
            return "run takes no verticle, and so no \"" + words.get(1) + "\": " + NO_VERTICLE;
        }
        for (String word : words) {
            int end = word.indexOf('=');
            String option = end < 0 ? word : word.substring(0, end);
            String why = option.startsWith("-") ? OPTIONS.get(option.replaceFirst("^--?", "")) : null;
            if (why != null) {
                return option + ": " + why;
            }
        }
        return "";
    }
}
