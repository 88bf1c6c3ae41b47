package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.List;

/**
 * Somebody else who knows what clients may do: asked for a client's rules when it connects, never for a packet. Safe
 * for all threads.
 */
public interface RuleSource extends AutoCloseable {
    /** Fails with a text for people when it can't answer; then no listener opens, and it is tried again. */
    Future<Void> open();

    /**
     * The rules of one client, in order; none when it has none. Does not block. Fails with a text for people when
     * nobody can say: that is not the same as none.
     */
    Future<List<AclRule>> rules(Subject subject);

    @Override
    void close();
}
