package dev.mooring.mqtt;

import dev.mooring.auth.Permissions;
import dev.mooring.message.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * What one client may publish, with the last answers of its {@link Permissions} kept: a client publishes to few topics,
 * and asking all its rules takes many times as long as finding the answer here. Nothing is kept, nor allocated, for a
 * client without rules. Confined to the connection's loop.
 */
final class PublishRights {
    /** Topics whose answers are kept; one that falls on another's place takes it. A power of two. */
    private static final int PLACES = 16;

    /** Of a PUBLISH: three QoS, with RETAIN and without. */
    private static final int KINDS = 6;

    private @Nullable Permissions asked;
    private @Nullable TopicName @Nullable [] topics;
    private short[] answers = {};

    /** @param permissions as they are now: others void what is kept */
    boolean mayPublish(Permissions permissions, TopicName topic, int qos, boolean retain) {
        if (!permissions.hasPublishRules()) {
            return permissions.mayPublish(topic, qos, retain);
        }
        @Nullable TopicName[] kept = topics;
        if (kept == null || asked != permissions) {
            kept = new TopicName[PLACES];
            topics = kept;
            answers = new short[PLACES]; // a bit that says that a kind is known, and KINDS further one for the answer
            asked = permissions;
        }
        int at = topic.hashCode() & PLACES - 1;
        if (!topic.equals(kept[at])) {
            kept[at] = topic;
            answers[at] = 0;
        }
        int known = 1 << (retain ? qos + 3 : qos);
        if ((answers[at] & known) == 0) {
            boolean may = permissions.mayPublish(topic, qos, retain);
            answers[at] |= (short) (may ? known | known << KINDS : known);
        }
        return (answers[at] & known << KINDS) != 0;
    }
}
