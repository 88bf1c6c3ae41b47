package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may connect, and what they may do then. Immutable: a reload puts another one in its place, and tells the loops,
 * who ask it anew for the rights of the clients they have.
 *
 * @param enhanced the methods of AUTH packets
 * @param sources asked for the rules of each client that has logged in
 * @param links all links of all chains, by name
 * @param chains by name of the listener
 */
public record AuthPolicy(
        EnhancedAuth enhanced, Acl acl, RuleSources sources, Map<String, Link> links, Map<String, Chain> chains) {
    /** Whom no chain is for: nobody. */
    private static final Chain CLOSED = new Chain(List.of(), false);

    public AuthPolicy {
        links = new LinkedHashMap<>(links);
        chains = Map.copyOf(chains);
    }

    public Chain chain(String listener) {
        return chains.getOrDefault(listener, CLOSED);
    }

    /**
     * The methods of AUTH packets that a listener offers: they know the users of the configuration, so where those
     * count.
     */
    public EnhancedAuth enhanced(String listener) {
        for (Link link : chain(listener).links()) {
            if (link instanceof UserList) {
                return enhanced;
            }
        }
        return EnhancedAuth.NONE;
    }

    /** Opens the links of one listener's chain, and the sources of rules; fails when one of them can't answer. */
    public Future<Void> open(String listener) {
        List<Future<?>> all = new ArrayList<>();
        all.add(sources.open());
        for (Map.Entry<String, Link> link : links.entrySet()) {
            if (chain(listener).links().contains(link.getValue())) {
                all.add(link.getValue()
                        .open()
                        .recover(e -> Future.failedFuture("auth " + link.getKey() + ": " + e.getMessage())));
            }
        }
        return Future.all(all).mapEmpty();
    }

    /** Nobody asks it any more. */
    public void close() {
        links.values().forEach(Link::close);
        sources.close();
    }
}
