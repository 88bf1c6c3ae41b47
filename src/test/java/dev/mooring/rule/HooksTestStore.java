package dev.mooring.rule;

import java.util.List;
import java.util.Map;

/**
 * What a backend has stored, read past the broker: from the files, or by the database's own client. One for each test
 * class, which closes it.
 */
interface HooksTestStore extends AutoCloseable {
    /** The configuration of its pool. */
    String pool();

    /** The acked positions of a client, as text by topic; "0" for nothing yet. */
    Map<String, String> positions(String clientId);

    /** {@code state node online_at>0 offline_at>0} of a client, or "". */
    String presence(String clientId);

    /** The clients that the node says are on line. */
    List<String> node(String node);

    /** Messages by themselves: what the functions have stored to be fetched or as history. */
    int bodies();

    /** Whether something is stored under the topic for fetching. */
    boolean isIndexed(String topic);

    @Override
    void close();
}
