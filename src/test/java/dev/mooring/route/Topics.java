package dev.mooring.route;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import java.util.Random;

/** Random topics, filters and subscriptions over a small alphabet, so that they often meet. */
final class Topics {
    private static final String[] LEVELS = {"a", "b", "", "$s", "a-b", "a!", "\u00e9", "b0"};

    private Topics() {}

    static String topic(Random random) {
        while (true) {
            StringBuilder topic = new StringBuilder(LEVELS[random.nextInt(LEVELS.length)]);
            for (int more = random.nextInt(4); more > 0; more--) {
                topic.append('/').append(LEVELS[random.nextInt(LEVELS.length)]);
            }
            if (topic.length() > 0) {
                return topic.toString();
            }
        }
    }

    static TopicFilter filter(Random random) {
        String[] levels = topic(random).split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            if (random.nextInt(3) == 0) {
                levels[i] = "+";
            }
        }
        String filter = String.join("/", levels);
        switch (random.nextInt(6)) {
            case 0 -> filter = filter + "/#";
            case 1 -> filter = filter.contains("/") ? filter.substring(0, filter.lastIndexOf('/')) + "/#" : "#";
            default -> {}
        }
        String group = random.nextInt(4) == 0 ? "$share/g" + random.nextInt(2) + "/" : "";
        return TopicFilter.of(group + filter);
    }

    static Subscription subscription(Random random) {
        TopicFilter filter = filter(random);
        return new Subscription(
                filter,
                random.nextInt(3),
                !filter.isShared() && random.nextInt(4) == 0,
                random.nextBoolean(),
                random.nextInt(3),
                random.nextInt(4));
    }
}
