package dev.mooring.rule;

import dev.mooring.store.OpKind;
import dev.mooring.store.StoreOp;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The action of a rule that sends commands of its own to a Redis: all of them, in this order, at once. */
public record Commands(List<CommandTemplate> templates) implements Action {
    public Commands {
        templates = List.copyOf(templates);
        if (templates.isEmpty()) {
            throw new IllegalArgumentException("no commands");
        }
    }

    @Override
    public String text() {
        return "commands " + templates;
    }

    /** The commands without their arguments, as {@code HSET, EXPIRE}. */
    public String names() {
        return templates.stream().map(CommandTemplate::name).collect(Collectors.joining(", "));
    }

    /** With the values of an event on the hook that the templates were made for. */
    StoreOp.Commands of(HookEvent event) {
        List<byte[][]> commands = new ArrayList<>(templates.size());
        for (int i = 0; i < templates.size(); i++) {
            commands.add(templates.get(i).of(event));
        }
        return new StoreOp.Commands(commands);
    }

    @Override
    public OpKind kind() {
        return OpKind.COMMANDS;
    }
}
