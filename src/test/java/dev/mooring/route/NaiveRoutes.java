package dev.mooring.route;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the index must say, computed the slow and obvious way. */
final class NaiveRoutes {
    /** A route without its order. {@code live} holds "loop session target", {@code durable} "session target". */
    record Answer(Set<String> live, Set<String> durable, Set<String> groups) {}

    final Map<Subscriber, Map<String, Subscription>> all = new HashMap<>();

    boolean subscribe(Subscriber subscriber, Subscription s) {
        return all.computeIfAbsent(subscriber, k -> new LinkedHashMap<>())
                        .put(s.filter().text(), s)
                == null;
    }

    Subscription unsubscribe(Subscriber subscriber, TopicFilter filter) {
        Map<String, Subscription> own = all.get(subscriber);
        return own == null ? null : own.remove(filter.text());
    }

    Collection<Subscription> held(Subscriber subscriber) {
        return all.getOrDefault(subscriber, Map.of()).values();
    }

    long size() {
        return all.values().stream().mapToLong(Map::size).sum();
    }

    Answer match(String topic) {
        Set<String> live = new HashSet<>();
        Set<String> durable = new HashSet<>();
        Set<String> groups = new HashSet<>();
        all.forEach((subscriber, own) -> {
            List<Subscription> plain = new ArrayList<>();
            for (Subscription s : own.values()) {
                if (matches(s.filter().filter(), topic)) {
                    if (s.filter().isShared()) {
                        groups.add(s.filter().text());
                    } else {
                        plain.add(s);
                    }
                }
            }
            if (plain.isEmpty()) {
                return;
            }
            String target = subscriber.sessionId() + " " + describe(plain);
            boolean noLocal = plain.stream().anyMatch(Subscription::noLocal);
            List<Subscription> rest = plain.stream().filter(s -> !s.noLocal()).toList();
            target += noLocal ? (rest.isEmpty() ? " own none" : " own " + describe(rest)) : " own same";
            if (subscriber.loop() != Subscriber.OFFLINE) {
                live.add(subscriber.loop() + " " + target);
            }
            if (subscriber.durable() && plain.stream().anyMatch(s -> s.qos() > 0)) {
                durable.add(target);
            }
        });
        return new Answer(live, durable, groups);
    }

    static Answer answer(Route route) {
        Set<String> live = new HashSet<>();
        int count = 0;
        for (int loop : route.loops()) {
            for (Target target : route.live(loop)) {
                live.add(loop + " " + describe(target));
                count++;
            }
        }
        Set<String> durable = new HashSet<>();
        for (Target target : route.durable()) {
            durable.add(describe(target));
        }
        Set<String> groups = new HashSet<>();
        for (SharedGroup group : route.groups()) {
            groups.add(group.filter().text());
        }
        if (count != live.size() || durable.size() != route.durable().length) {
            throw new AssertionError("a session is there twice: " + route);
        }
        return new Answer(live, durable, groups);
    }

    static Answer answer(SubscriptionIndex index, String topic) {
        return answer(index.match(TopicName.of(topic)));
    }

    private static String describe(Target t) {
        Target own = t.forPublisher(t.subscriber());
        return t.subscriber().sessionId() + " " + options(t)
                + (own == null ? " own none" : own == t ? " own same" : " own " + options(own));
    }

    private static String options(Target t) {
        return t.qos() + " " + t.retainAsPublished() + " " + Arrays.toString(t.identifiers());
    }

    private static String describe(List<Subscription> merged) {
        return merged.stream().mapToInt(Subscription::qos).max().orElseThrow() + " "
                + merged.stream().anyMatch(Subscription::retainAsPublished) + " "
                + Arrays.toString(merged.stream()
                        .mapToInt(Subscription::identifier)
                        .filter(i -> i > 0)
                        .sorted()
                        .toArray());
    }

    /** Straight from MQTT 5.0 §4.7, level by level. */
    static boolean matches(String filter, String topic) {
        String[] f = filter.split("/", -1);
        String[] t = topic.split("/", -1);
        if (topic.startsWith("$") && (f[0].equals("+") || f[0].equals("#"))) {
            return false;
        }
        for (int i = 0; i < f.length; i++) {
            if (f[i].equals("#")) {
                return t.length >= i;
            }
            if (i >= t.length || !(f[i].equals("+") || f[i].equals(t[i]))) {
                return false;
            }
        }
        return f.length == t.length;
    }
}
