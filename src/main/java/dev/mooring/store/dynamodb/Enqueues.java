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
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 *       there are more queues than one takes, in that which writes the body, as an entry without a body is none. It has
 *       the copies, too; without such a change each copy is as good as another PUBLISH.
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
    private static final int TRANSACTION_BYTES_MAX = 1 << 20;

    /** Copies in one transaction, and their bytes; those beyond are written beside it. */
    private static final int TRANSACTION_COPIES_MAX = 64;

    private static final int TRANSACTION_COPIES_BYTES_MAX = 2 << 20;

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
            List<TransactWriteItem> others,
            List<Plan> copies) {
        Message message() {
            return op.message();
        }

        boolean isShared() {
            return parts != KnownParts.NONE;
        }
    }

    void plan(Enqueue asked, @Nullable Owner owner, Answer who, Stages stages) {
        boolean isOfSession = asked.inboundPacketId() != 0 || asked.willSessionId() != 0;
        List<Enqueue> copies = copies(asked);
        List<Enqueue> together = isOfSession ? together(copies) : List.of();
        copies.subList(together.size(), copies.size()).forEach(copy -> plan(copy, List.of(), owner, who, stages));
        plan(copies.isEmpty() ? asked : without(asked), together, owner, who, stages);
    }

    /** Each copy as an operation of its own. */
    private static List<Enqueue> copies(Enqueue op) {
        List<Enqueue> copies = new ArrayList<>(0);
        for (Entry e : op.entries()) {
            if (e.copy() != null) {
                copies.add(new Enqueue(op.message(e), List.of(e.original()), 0, 0, Retained.KEEP, 0));
            }
        }
        return copies;
    }

    private static Enqueue without(Enqueue op) {
        List<Entry> entries =
                op.entries().stream().filter(e -> e.copy() == null).toList();
        return op.with(entries);
    }

    /** As many as a transaction takes. */
    private static List<Enqueue> together(List<Enqueue> copies) {
        int count = 0;
        for (int bytes = 0; count < Math.min(copies.size(), TRANSACTION_COPIES_MAX); count++) {
            bytes += MessageCodec.sizeMax(copies.get(count).message());
            if (bytes > TRANSACTION_COPIES_BYTES_MAX) {
                break;
            }
        }
        return copies.subList(0, count);
    }

    /** @param copies of this message, whose entries change with it */
    private void plan(Enqueue op, List<Enqueue> copies, @Nullable Owner owner, Answer who, Stages stages) {
        Message m = op.message();
        boolean retains = op.retained() != Retained.KEEP
                && newestRetained.isNewest(m.topic().text(), m.id());
        boolean large = retains && retained.concernsLarge(op);
        boolean hasEntries = !op.entries().isEmpty();
        int changes = (hasEntries ? 1 : 0)
                + copies.size()
                + (op.inboundPacketId() != 0 ? 1 : 0)
                + (op.willSessionId() != 0 ? 1 : 0)
                + (retains ? 1 : 0);
        boolean isOfSession = op.inboundPacketId() != 0 || op.willSessionId() != 0;
        boolean atomic = isOfSession && (changes > 1 || owner != null);
        Plan plan = plan(op, owner, who, atomic, large, copies);
        boolean plain = !atomic && plan.isNew && !plan.isShared();
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

    private Plan plan(
            Enqueue op, @Nullable Owner owner, Answer who, boolean atomic, boolean large, List<Enqueue> copies) {
        MessageId id = op.message().id();
        boolean hasEntries = !op.entries().isEmpty();
        boolean isNew = !hasEntries || recent.isNew(id);
        boolean isShared = hasEntries && isShared(op, atomic, copies.size());
        int parts = isShared ? SharedBodies.parts(op.entries().size()) : KnownParts.NONE;
        known.own(id);
        if (isShared) {
            known.note(id, parts);
        }
        List<Plan> others = new ArrayList<>(copies.size());
        for (Enqueue copy : copies) {
            others.add(plan(copy, null, who, true, false, List.of()));
        }
        return new Plan(op, owner, who, isNew, parts, atomic, large, new ArrayList<>(0), others);
    }

    private static boolean isShared(Enqueue op, boolean atomic, int copies) {
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
        return op.entries().size() + copies > TRANSACTION_ENTRIES_MAX || bytes > TRANSACTION_BYTES_MAX;
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
        for (Plan copy : plan.copies) {
            written.add(new State.Session(copy.op.entries().get(0).sessionId()));
            others.add(copy.message().id());
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
        if (!plan.isAtomic) {
            return missing(plan)
                    .compose(found -> found.needsBody()
                            ? body(plan, found, bodies.chunks(plan.message()))
                            : puts(plan, found.missing()));
        }
        List<TransactWriteItem> all = new ArrayList<>(plan.others);
        Future<Void> prepared = prepare(plan, all);
        for (Plan copy : plan.copies) {
            prepared = prepared.compose(v -> prepare(copy, all));
        }
        return prepared.compose(v -> transact(all));
    }

    /** Adds what a transaction takes of it; what it does not is written before, and means nothing without. */
    private Future<Void> prepare(Plan plan, List<TransactWriteItem> all) {
        return missing(plan).compose(found -> {
            if (!found.needsBody()) {
                found.missing().forEach(e -> all.add(put(Table.STATE, QueueRows.item(e, plan.message(), plan.parts))));
                return Future.succeededFuture();
            }
            List<Map<String, AttributeValue>> chunks = bodies.chunks(plan.message());
            all.add(put(Table.BODY, chunks.get(0)));
            return body(plan, found, chunks.subList(1, chunks.size()));
        });
    }

    private Future<MissingEntries> missing(Plan plan) {
        return MissingEntries.find(link, plan.op.entries(), plan.message().id(), plan.parts, plan.isNew)
                .map(found -> plan.isShared() ? found : new MissingEntries(found.missing(), Map.of()));
    }

    private Future<Void> puts(Plan plan, List<Entry> entries) {
        return Writes.now(link, (writes, who) -> {
            for (Entry e : entries) {
                writes.put(Table.STATE, QueueRows.item(e, plan.message(), plan.parts), who);
            }
        });
    }

    /** Entries, then holders and chunks; the first chunk may follow: with it all the others are there. */
    private Future<Void> body(Plan plan, MissingEntries found, List<Map<String, AttributeValue>> chunks) {
        return puts(plan, found.missing())
                .compose(v -> Future.join(
                        bodies.hold(found.holders()),
                        Writes.now(link, (writes, who) -> chunks.forEach(chunk -> writes.put(Table.BODY, chunk, who)))))
                .mapEmpty();
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
