package dev.mooring.mqtt;

import dev.mooring.message.TopicName;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Topic aliases towards one client, MQTT 5.0 §3.3.2.3.4, chosen by use: as long as there are free ones, a topic gets an
 * alias the first time it is sent; when all are given out, the topic used longest ago loses its alias to one that is
 * sent a second time. Confined to one connection.
 */
final class TopicAliases {
    private final int max;
    private final LinkedHashMap<TopicName, Integer> aliases = new LinkedHashMap<>(16, 0.75f, true);
    /** Topics without an alias sent once lately; a direct-mapped memory of hashes is enough to ask for a second use. */
    private final int[] seen = new int[64];

    /** @param max aliases 1..max are used, at most 65,535 */
    TopicAliases(int max) {
        this.max = max;
    }

    /** 0: send the topic; n &gt; 0: send the topic and this alias for it; n &lt; 0: send the alias -n alone. */
    int use(TopicName topic) {
        Integer known = aliases.get(topic);
        if (known != null) {
            return -known;
        }
        int alias = aliases.size() + 1;
        if (alias > max) {
            if (!isSeenAgain(topic)) {
                return 0;
            }
            Map.Entry<TopicName, Integer> eldest = aliases.entrySet().iterator().next();
            alias = eldest.getValue();
            aliases.remove(eldest.getKey());
        }
        aliases.put(topic, alias);
        return alias;
    }

    private boolean isSeenAgain(TopicName topic) {
        int hash = topic.hashCode() | 1;
        int slot = hash >>> 1 & seen.length - 1;
        boolean again = seen[slot] == hash;
        seen[slot] = hash;
        return again;
    }
}
