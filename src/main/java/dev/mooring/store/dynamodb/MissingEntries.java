package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.dynamodb.SharedBodies.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What of an {@code ENQUEUE} has to be written.
 *
 * @param missing entries that are not there
 * @param holders of the body: those, and entries that an earlier attempt wrote
 */
record MissingEntries(List<Entry> missing, Map<Part, List<String>> holders) {
    boolean needsBody() {
        return !holders.isEmpty();
    }

    /**
     * @param entries all at the position {@code id}
     * @param parts rows of holders for those that are missing, or {@link KnownParts#NONE}
     * @param isNew whether none of them can be there
     */
    static Future<MissingEntries> find(DynamoDbLink link, List<Entry> entries, MessageId id, int parts, boolean isNew) {
        if (isNew) {
            return Future.succeededFuture(of(List.of(), entries, id, parts));
        }
        List<Map<String, AttributeValue>> keys = entries.stream()
                .map(e -> Item.key(Table.STATE, StateKeys.sid(e.sessionId()), StateKeys.entry(id)))
                .toList();
        return new Reads(link).get(Table.STATE, keys).map(items -> of(items, entries, id, parts));
    }

    private static MissingEntries of(
            List<Map<String, AttributeValue>> there, List<Entry> entries, MessageId id, int parts) {
        MissingEntries found = new MissingEntries(new ArrayList<>(entries.size()), new HashMap<>());
        Set<String> sids = new HashSet<>();
        for (Map<String, AttributeValue> item : there) {
            sids.add(Item.text(item, "sid"));
            if (QueueRows.parts(item) != KnownParts.NONE) {
                found.hold(id, Item.text(item, "sid"), QueueRows.parts(item));
            }
        }
        for (Entry e : entries) {
            String sid = StateKeys.sid(e.sessionId());
            if (!sids.contains(sid)) {
                found.missing.add(e);
                if (parts != KnownParts.NONE) {
                    found.hold(id, sid, parts);
                }
            }
        }
        return found;
    }

    private void hold(MessageId id, String sid, int parts) {
        holders.computeIfAbsent(Part.of(id, sid, parts), p -> new ArrayList<>()).add(sid);
    }
}
