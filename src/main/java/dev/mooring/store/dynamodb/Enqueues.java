package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.NewestIds;
import dev.mooring.store.RecentIds;
import dev.mooring.store.StoreOp.Enqueue;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.codec.EntryCodec;
import dev.mooring.store.codec.MessageCodec;
import dev.mooring.store.dynamodb.Owners.Owner;
import dev.mooring.store.dynamodb.SharedBodies.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

/**
 * {@code ENQUEUE}. One PUBLISH in a few queues, which is nearly all of them, is a put for each queue among those of all
 * other PUBLISHes. Three things take more:
 *
 * <ul>
 *   <li>A message that is larger, and for several queues or for no single item, stands in {@link SharedBodies}.
 *   <li>What changes besides the queues, a QoS 2 packet id or a Will, changes with them: in one transaction, or, when
 *       there are more queues than one takes, in that which writes the body, as an entry without a body is none.
 *   <li>What may be there already, because an earlier attempt or an earlier life wrote it, is looked for first: an
 *       entry stays as it is.
 * </ul>
 */
final class Enqueues {
    /** A message up to this size stands in every queue: more costs less than what holders cost. */
    static final int INLINE_BYTES_MAX = 2_048;
    /** Entries of one transaction, which takes 100 items. */
    static final int TRANSACTION_ENTRIES_MAX = 90;
    /** Bytes of entries of one transaction, which takes 4 MB. */
    private static final int TRANSACTION_BYTES_MAX = 3 << 20;

    private static final int RECENT_IDS = 16_384;

    private final DynamoDbLink link;
    private final SharedBodies bodies;
    private final KnownParts known;
    private final RetainedState retained;
    private final Owners owners;
    private final NewestIds newestRetained = new NewestIds();
    private final RecentIds recent;

    /** @param floor greatest id that an earlier life may have written */
    Enqueues(
            DynamoDbLink link,
            SharedBodies bodies,
            KnownParts known,
            RetainedState retained,
            Owners owners,
            MessageId floor) {
        this.link = link;
        this.bodies = bodies;
        this.known = known;
        this.retained = retained;
        this.owners = owners;
        this.recent = new RecentIds(RECENT_IDS, floor);
    }

    /** What one operation does. */
    private record Plan(
            Enqueue op,
            @Nullable Owner owner,
            Answer who,
            boolean isNew,
            int parts,
            boolean isAtomic,
            boolean isLargeRetained,
            List<TransactWriteItem> others) {
        Message message() {
            return op.message();
        }

        boolean isShared() {
            return parts != KnownParts.NONE;
        }
    }

    void plan(Enqueue op, @Nullable Owner owner, Answer who, Stages stages) {
        Message m = op.message();
        boolean retains = op.retained() != Retained.KEEP
                && newestRetained.isNewest(m.topic().text(), m.id());
        boolean large = retains && retained.concernsLarge(op);
        boolean hasEntries = !op.entries().isEmpty();
        int changes = (hasEntries ? 1 : 0)
                + (op.inboundPacketId() != 0 ? 1 : 0)
                + (op.willSessionId() != 0 ? 1 : 0)
                + (retains ? 1 : 0);
        boolean isOfSession = op.inboundPacketId() != 0 || op.willSessionId() != 0;
        boolean atomic = isOfSession && (changes > 1 || owner != null);
        boolean isNew = !hasEntries || recent.isNew(m.id());
        int parts = hasEntries && isShared(op, atomic)
                ? SharedBodies.parts(op.entries().size())
                : KnownParts.NONE;
        known.own(m.id());
        if (parts != KnownParts.NONE) {
            known.note(m.id(), parts);
        }
        Plan plan = new Plan(op, owner, who, isNew, parts, atomic, large, new ArrayList<>(0));
        boolean plain = !atomic && isNew && !plan.isShared();
        Stage stage = stage(plan, stages, plain, retains);
        if (atomic) {
            others(plan, retains);
        } else {
            alone(plan, retains, stage);
        }
        if (plain) {
            for (Entry e : op.entries()) {
                stage.writes.put(Table.STATE, QueueRows.item(e, m, KnownParts.NONE), who);
            }
        } else if (hasEntries || atomic) {
            stage.run(who, () -> owner == null ? run(plan) : owners.explained(owner, run(plan)));
        }
    }

    private static boolean isShared(Enqueue op, boolean atomic) {
        Message m = op.message();
        if (op.entries().size() == 1) {
            return EntryCodec.sizeMax(op.entries().get(0), m, true) > Chunks.SIZE;
        }
        if (MessageCodec.sizeMax(m) > INLINE_BYTES_MAX) {
            return true;
        }
        if (!atomic) {
            return false;
        }
        long bytes = 0;
        for (Entry e : op.entries()) {
            bytes += EntryCodec.sizeMax(e, m, true);
        }
        return op.entries().size() > TRANSACTION_ENTRIES_MAX || bytes > TRANSACTION_BYTES_MAX;
    }

    /** The first in which all that it comes after is done. */
    private static Stage stage(Plan plan, Stages stages, boolean plain, boolean retains) {
        Enqueue op = plan.op;
        boolean atomic = plan.isAtomic;
        List<Object> written = new ArrayList<>(op.entries().size() + 2);
        List<Object> others = new ArrayList<>(2);
        for (Entry e : op.entries()) {
            written.add(new State.Session(e.sessionId()));
        }
        if (!op.entries().isEmpty()) {
            (plain ? written : others).add(op.message().id());
        }
        if (op.inboundPacketId() != 0) {
            written.add(new State.Session(op.inboundSessionId()));
            (atomic ? others : written).add(new State.Inbound(op.inboundSessionId(), op.inboundPacketId()));
        }
        if (op.willSessionId() != 0) {
            written.add(new State.Session(op.willSessionId()));
            others.add(new State.Head(op.willSessionId()));
        }
        if (retains) {
            (atomic || plan.isLargeRetained ? others : written)
                    .add(new State.Topic(op.message().topic().text()));
        }
        return stages.stage(written, others);
    }

    /** What changes besides the queues, for the transaction. */
    private void others(Plan plan, boolean retains) {
        Enqueue op = plan.op;
        if (op.inboundPacketId() != 0) {
            plan.others.add(put(Table.STATE, inbound(op)));
        }
        Owner owner = plan.owner;
        if (op.willSessionId() != 0) {
            plan.others.add(TransactWriteItem.builder()
                    .update(u -> {
                        u.tableName(link.name(Table.SESSION)).key(head(op)).updateExpression("REMOVE will");
                        if (owner != null) {
                            u.conditionExpression("epoch <= :epoch").expressionAttributeValues(Owners.epoch(owner));
                        }
                    })
                    .build());
        } else if (owner != null) {
            plan.others.add(owners.check(owner));
        }
        if (retains && op.retained() == Retained.SET) {
            plan.others.add(put(Table.RETAINED, RetainedState.item(op.message())));
        } else if (retains) {
            plan.others.add(TransactWriteItem.builder()
                    .delete(d -> d.tableName(link.name(Table.RETAINED))
                            .key(RetainedState.key(op.message().topic().text())))
                    .build());
        }
    }

    /** The same when there is only one of it, or it may as well change by itself. */
    private void alone(Plan plan, boolean retains, Stage stage) {
        Enqueue op = plan.op;
        if (op.inboundPacketId() != 0) {
            stage.writes.put(Table.STATE, inbound(op), plan.who);
        }
        if (op.willSessionId() != 0) {
            stage.run(
                    plan.who,
                    () -> link.ifMet(
                            Table.SESSION,
                            "UpdateItem",
                            c -> c.updateItem(b -> b.tableName(link.name(Table.SESSION))
                                    .key(head(op))
                                    .updateExpression("REMOVE will")
                                    .conditionExpression("attribute_exists(epoch)"))));
        }
        if (plan.isLargeRetained) {
            stage.run(
                    plan.who,
                    () -> retained.before(op)
                            .compose(v -> Writes.now(link, (writes, who) -> retain(op, writes, who)))
                            .compose(v -> retained.after(op)));
        } else if (retains) {
            retain(op, stage.writes, plan.who);
        }
    }

    private static void retain(Enqueue op, Writes writes, Answer who) {
        if (op.retained() == Retained.SET) {
            writes.put(Table.RETAINED, RetainedState.item(op.message()), who);
        } else {
            String topic = op.message().topic().text();
            writes.delete(Table.RETAINED, StateKeys.shard(topic), LongKey.of(topic), who);
        }
    }

    private static Map<String, AttributeValue> inbound(Enqueue op) {
        return Item.key(Table.STATE, StateKeys.sid(op.inboundSessionId()), StateKeys.inbound(op.inboundPacketId()));
    }

    private static Map<String, AttributeValue> head(Enqueue op) {
        return Owners.head(op.willSessionId());
    }

    // ---- what is more than puts

    private Future<Void> run(Plan plan) {
        return wasDone(plan).compose(done -> done ? Future.succeededFuture() : write(plan));
    }

    /**
     * What an owner has tried before and finds its packet id of was done then. What it enqueued may have been delivered
     * by another node since, and must not come back.
     */
    private Future<Boolean> wasDone(Plan plan) {
        Enqueue op = plan.op;
        if (plan.isNew || plan.owner == null || op.inboundPacketId() == 0) {
            return Future.succeededFuture(false);
        }
        return new Reads(link)
                .get(Table.STATE, StateKeys.sid(op.inboundSessionId()), StateKeys.inbound(op.inboundPacketId()))
                .map(item -> item != null);
    }

    private Future<Void> write(Plan plan) {
        return plan.isAtomic && plan.isLargeRetained
                ? retained.before(plan.op).compose(v -> entries(plan)).compose(v -> retained.after(plan.op))
                : entries(plan);
    }

    private Future<Void> entries(Plan plan) {
        return missing(plan).compose(found -> {
            if (plan.isShared() && found.needsBody()) {
                return shared(plan, found);
            }
            if (plan.isAtomic) {
                List<TransactWriteItem> all = new ArrayList<>(plan.others);
                found.missing.forEach(e -> all.add(put(Table.STATE, QueueRows.item(e, plan.message(), plan.parts))));
                return transact(all);
            }
            return puts(plan, found.missing);
        });
    }

    /**
     * @param missing entries that are not there
     * @param holders of the body: those, and entries that an earlier attempt wrote
     */
    private record Found(List<Entry> missing, Map<Part, List<String>> holders) {
        boolean needsBody() {
            return !holders.isEmpty();
        }

        void hold(MessageId id, String sid, int parts) {
            holders.computeIfAbsent(Part.of(id, sid, parts), p -> new ArrayList<>())
                    .add(sid);
        }
    }

    private Future<Found> missing(Plan plan) {
        List<Entry> entries = plan.op.entries();
        MessageId id = plan.message().id();
        Future<List<Map<String, AttributeValue>>> there = plan.isNew
                ? Future.succeededFuture(List.of())
                : new Reads(link)
                        .get(
                                Table.STATE,
                                entries.stream()
                                        .map(e -> Item.key(
                                                Table.STATE, StateKeys.sid(e.sessionId()), StateKeys.entry(id)))
                                        .toList());
        return there.map(items -> {
            Found found = new Found(new ArrayList<>(entries.size()), new HashMap<>());
            Set<String> sids = new HashSet<>();
            for (Map<String, AttributeValue> item : items) {
                sids.add(Item.text(item, "sid"));
                if (QueueRows.parts(item) != KnownParts.NONE) {
                    found.hold(id, Item.text(item, "sid"), QueueRows.parts(item));
                }
            }
            for (Entry e : entries) {
                String sid = StateKeys.sid(e.sessionId());
                if (!sids.contains(sid)) {
                    found.missing.add(e);
                    if (plan.isShared()) {
                        found.hold(id, sid, plan.parts);
                    }
                }
            }
            return found;
        });
    }

    private Future<Void> puts(Plan plan, List<Entry> entries) {
        return Writes.now(link, (writes, who) -> {
            for (Entry e : entries) {
                writes.put(Table.STATE, QueueRows.item(e, plan.message(), plan.parts), who);
            }
        });
    }

    /** Entries, then holders and what the first chunk lacks, then that chunk: with it all the others are there. */
    private Future<Void> shared(Plan plan, Found found) {
        List<Map<String, AttributeValue>> chunks = bodies.chunks(plan.message());
        int first = plan.isAtomic ? 1 : 0;
        return puts(plan, found.missing)
                .compose(v -> Future.join(
                        bodies.hold(found.holders),
                        Writes.now(
                                link,
                                (writes, who) -> chunks.subList(first, chunks.size())
                                        .forEach(chunk -> writes.put(Table.BODY, chunk, who)))))
                .compose(v -> {
                    if (!plan.isAtomic) {
                        return Future.succeededFuture();
                    }
                    List<TransactWriteItem> all = new ArrayList<>(plan.others);
                    all.add(put(Table.BODY, chunks.get(0)));
                    return transact(all);
                });
    }

    private TransactWriteItem put(Table table, Map<String, AttributeValue> item) {
        return TransactWriteItem.builder()
                .put(p -> p.tableName(link.name(table)).item(item))
                .build();
    }

    private Future<Void> transact(List<TransactWriteItem> items) {
        return link.call(
                        link.name(Table.STATE),
                        "TransactWriteItems",
                        c -> c.transactWriteItems(b -> b.transactItems(items)))
                .mapEmpty();
    }
}
