package dev.mooring.rule;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.store.ItemWrite;
import dev.mooring.store.OpKind;
import dev.mooring.store.StoreOp;
import java.util.ArrayList;
import java.util.List;

/**
 * The action of a rule that writes items of its own to a DynamoDB: all of them, one after another.
 *
 * @param ids how {@code ${msgid}} is written
 * @param times how {@code ${ts}} is written
 */
public record Items(List<ItemTemplate> templates, IdFormat ids, TimestampUnit times) implements Action {
    public Items {
        templates = List.copyOf(templates);
        if (templates.isEmpty()) {
            throw new IllegalArgumentException("no items");
        }
    }

    @Override
    public String text() {
        return "items " + templates;
    }

    /** With the values of an event on the hook that the templates were made for. */
    StoreOp.Items of(HookEvent event) {
        List<ItemWrite> writes = new ArrayList<>(templates.size());
        for (int i = 0; i < templates.size(); i++) {
            writes.add(templates.get(i).of(event, ids, times));
        }
        return new StoreOp.Items(writes, event.clientId(), event.topic());
    }

    @Override
    public OpKind kind() {
        return OpKind.ITEMS;
    }
}
