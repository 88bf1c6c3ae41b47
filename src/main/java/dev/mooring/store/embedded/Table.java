package dev.mooring.store.embedded;

import dev.mooring.store.codec.MessageCodec;
import java.nio.charset.StandardCharsets;

/**
 * The tables of the store, and the one place where their layout is written down. A table is a RocksDB column family.
 *
 * <p>Numbers are big-endian, so bytes sort as numbers do; session ids and message ids sort unsigned. Every value begins
 * with a version byte, {@link #VERSION}. {@code s(x)} is a text with its length before it (2 bytes); a text without it
 * is the last part. {@code topic 00} is a topic and a zero byte: no topic may contain one ([MQTT-4.7.3-2]), so keys of
 * one topic are neighbours, topics sort as text, and none can reach into another's rows. {@code expires} is a wall
 * clock in milliseconds, 8 bytes. {@code message} is {@link MessageCodec}'s form, {@code position} a message id.
 *
 * <pre>
 * table         key                    value after the version byte
 * default       "format"               the number of this layout, 8
 *               "commit"               number of the last commit, 8
 *               "trim", session id     of its last QUEUE_TRIM: message id, entries 4, bytes 8, last position
 *               "move", session id,    of the last QUEUE_MOVE to it from there: message id, entries 4, bytes 8
 *                 other session id
 *
 * session       session id             epoch, expiry s, disconnected at ms (8 each), s(client id), s(group)
 * will          session id             qos 1, retain 1, delay 8, expiry 8, s(topic), properties 4+n, owner 4+n, payload
 * subscription  session id, filter     qos, flags (noLocal 1, retainAsPublished 2), retain handling, identifier 4
 * fetch         session id, s(filter), after, until: message ids of a fetch that is not at its end
 *                 s(function), pool
 * queue         session id, position   flags (qos 0..1, retain 4, shared 8, body elsewhere 16), size 4,
 *                                      identifiers 2+4n, [s(shared filter)], [message]
 * body          position               message: one that more than one queue refers to
 * inflight      session id, number 8   state 1 (0 not in flight, 1 sent, 2 released), of each: position, packet id 2
 * inbound       session id, packet id 2  nothing more
 * retained      topic                  expires, message
 *
 * client        client id              state 1, online at s 8, offline at s 8 (0 while online), node
 * node          s(node), client id     online at s 8
 * sub           s(client id), filter   qos
 * msg           message id             expires, message
 * topic_msg     topic 00, message id   expires
 * retain        topic                  expires, message
 * latest        topic                  expires, message
 * acked         s(client id), topic    message id; all zero: nothing yet. Also under a wildcard filter: for
 *                                      its topics that have no position of their own
 * </pre>
 *
 * <p>{@code will} and {@code inflight} stand apart from session and queue so that the hot operations are blind writes.
 * The rows of {@code queue}, {@code body} and {@code inflight} are written once and removed by a single delete: the
 * pair vanishes when the write buffer is flushed, and a queue that drains as fast as it fills leaves nothing on disk to
 * wade through.
 */
enum Table {
    META("default"),
    SESSION("session"),
    WILL("will"),
    SUBSCRIPTION("subscription"),
    FETCH("fetch"),
    QUEUE("queue"),
    BODY("body"),
    INFLIGHT("inflight"),
    INBOUND("inbound"),
    RETAINED("retained"),
    CLIENT("client"),
    NODE("node"),
    SUB("sub"),
    MSG("msg"),
    TOPIC_MSG("topic_msg"),
    RETAIN("retain"),
    LATEST("latest"),
    ACKED("acked");

    /** First byte of every value. */
    static final byte VERSION = MessageCodec.VERSION;

    /** The layout above. A change that an older program would misread makes it greater. */
    static final int FORMAT = 2;

    final byte[] tableName;

    Table(String tableName) {
        this.tableName = tableName.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether keys begin with a session id and are read by session. */
    boolean bySession() {
        return switch (this) {
            case SUBSCRIPTION, FETCH, QUEUE, INFLIGHT, INBOUND -> true;
            case META, SESSION, WILL, BODY, RETAINED, CLIENT, NODE, SUB, MSG, TOPIC_MSG, RETAIN, LATEST, ACKED -> false;
        };
    }
}
