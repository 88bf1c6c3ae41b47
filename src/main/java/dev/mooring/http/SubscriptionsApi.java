package dev.mooring.http;

import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.mqtt.NodeState;
import dev.mooring.route.Member;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions, page by page. The index has no order, so a page is the least entries behind the cursor among all,
 * found in one pass on a worker thread with memory for one page; tens of milliseconds for a million. One pass at a
 * time.
 */
final class SubscriptionsApi {
    private static final char SEPARATOR = 0; // neither filters nor client ids have it

    private final Vertx vertx;
    private final NodeState node;

    /** A subscription's place in the order of all. */
    private record Place(String filter, String clientId) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byFilter = filter.compareTo(other.filter);
            return byFilter == 0 ? clientId.compareTo(other.clientId) : byFilter;
        }

        static Place of(Member m) {
            return new Place(m.subscription().filter().text(), m.subscriber().clientId());
        }

        String cursor() {
            String text = filter + SEPARATOR + clientId;
            return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        static Place of(String cursor) {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            int at = text.indexOf(SEPARATOR);
            if (at < 0) {
                throw new IllegalArgumentException("no separator");
            }
            return new Place(text.substring(0, at), text.substring(at + 1));
        }
    }

    private record Wanted(
            @Nullable String clientId,
            @Nullable String filter,
            @Nullable String group,
            @Nullable TopicName topic) {
        boolean matches(Member m) {
            TopicFilter own = m.subscription().filter();
            return (clientId == null || clientId.equals(m.subscriber().clientId()))
                    && (filter == null || filter.equals(own.text()))
                    && (group == null || (own.isShared() && own.text().startsWith("$share/" + group + "/")))
                    && (topic == null || own.matches(topic.text()));
        }
    }

    SubscriptionsApi(Vertx vertx, NodeState node) {
        this.vertx = vertx;
        this.node = node;
    }

    void list(RoutingContext rc) {
        Query query = Query.of(rc);
        Place after;
        Wanted wanted;
        try {
            String cursor = query.text("after");
            after = cursor == null ? null : Place.of(cursor);
            String topic = query.text("topic");
            wanted = new Wanted(
                    query.text("clientid"),
                    query.text("filter"),
                    query.text("group"),
                    topic == null ? null : TopicName.of(topic));
        } catch (IllegalArgumentException e) {
            Problem.badRequest(
                            "`after` has to be `next` of the page before, and `topic` a topic name without wildcards")
                    .send(rc);
            return;
        }
        int limit = query.limit();
        vertx.executeBlocking(() -> least(wanted, after, limit + 1))
                .onSuccess(found -> {
                    JsonArray items = new JsonArray();
                    found.stream().limit(limit).forEach(m -> items.add(json(m)));
                    Json.sendPage(
                            rc,
                            items,
                            found.size() > limit
                                    ? Place.of(found.get(limit - 1)).cursor()
                                    : null);
                })
                .onFailure(rc::fail);
    }

    private List<Member> least(Wanted wanted, @Nullable Place after, int count) {
        Comparator<Member> order = Comparator.comparing(Place::of);
        PriorityQueue<Member> least = new PriorityQueue<>(count + 1, order.reversed());
        node.index().forEach(m -> {
            if (wanted.matches(m) && (after == null || Place.of(m).compareTo(after) > 0)) {
                least.add(m);
                if (least.size() > count) {
                    least.remove();
                }
            }
        });
        List<Member> sorted = new ArrayList<>(least);
        Collections.sort(sorted, order);
        return sorted;
    }

    private static JsonObject json(Member m) {
        return ClientsApi.subscription(m.subscription())
                .put("clientid", m.subscriber().clientId());
    }
}
