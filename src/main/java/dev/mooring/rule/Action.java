package dev.mooring.rule;

/** What a {@link Rule} does: something that every backend knows, or the words of one backend. */
public sealed interface Action permits Function, Commands, Items {
    /** For logs. */
    String text();
}
