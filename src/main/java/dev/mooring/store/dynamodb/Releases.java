package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.dynamodb.SharedBodies.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What has to be done to shared bodies before the entries of a stage are forgotten. What fails here has its entries
 * stay: {@link Writes} leaves out what is written for one that has failed. Confined to the store's context.
 */
final class Releases {
    private final DynamoDbLink link;
    private final SharedBodies bodies;
    private final List<Release> releases = new ArrayList<>(0);

    private record Release(String sid, MessageId position, int parts, Answer who) {}

    Releases(DynamoDbLink link) {
        this.link = link;
        this.bodies = new SharedBodies(link);
    }

    boolean isEmpty() {
        return releases.isEmpty();
    }

    /** @param parts as {@link KnownParts} has it, but not {@link KnownParts#NONE} */
    void add(String sid, MessageId position, int parts, Answer who) {
        releases.add(new Release(sid, position, parts, who));
    }

    /** Fails never. */
    Future<Void> run() {
        List<Release> unknown = new ArrayList<>();
        List<Release> known = new ArrayList<>();
        releases.forEach(r -> (r.parts == KnownParts.UNKNOWN ? unknown : known).add(r));
        if (unknown.isEmpty()) {
            return release(known);
        }
        Map<Map<String, AttributeValue>, List<Release>> byKey = new HashMap<>();
        for (Release r : unknown) {
            byKey.computeIfAbsent(Item.key(Table.STATE, r.sid, StateKeys.entry(r.position)), k -> new ArrayList<>(1))
                    .add(r);
        }
        return new Reads(link)
                .get(Table.STATE, List.copyOf(byKey.keySet()))
                .onFailure(cause -> unknown.forEach(r -> r.who.failed(cause)))
                .otherwise(List.of())
                .compose(entries -> {
                    for (Map<String, AttributeValue> entry : entries) {
                        int parts = (int) Item.number(entry, "parts", KnownParts.NONE);
                        if (parts != KnownParts.NONE) {
                            byKey.getOrDefault(
                                            Item.key(Table.STATE, Item.text(entry, "sid"), Item.text(entry, "key")),
                                            List.of())
                                    .forEach(r -> known.add(new Release(r.sid, r.position, parts, r.who)));
                        }
                    }
                    return release(known);
                });
    }

    /** Side by side; those of one row together. */
    private Future<Void> release(List<Release> known) {
        Map<Part, List<Release>> byPart = new HashMap<>();
        for (Release r : known) {
            byPart.computeIfAbsent(Part.of(r.position, r.sid, r.parts), p -> new ArrayList<>(1))
                    .add(r);
        }
        List<Future<?>> all = new ArrayList<>();
        byPart.forEach((part, of) -> {
            List<String> sids = of.stream().map(Release::sid).distinct().toList();
            all.add(bodies.release(Map.of(part, sids)).onFailure(cause -> of.forEach(r -> r.who.failed(cause))));
        });
        return Future.join(all).transform(x -> Future.succeededFuture());
    }
}
