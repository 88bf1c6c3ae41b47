package dev.mooring.rule;

import dev.mooring.store.OpKind;

/** What a {@link Rule} does: something that every backend knows, or the words of one backend. */
public sealed interface Action permits Function, Commands, Items {
    /** For logs. */
    String text();

    /** Of the operations that it makes. */
    OpKind kind();
}
