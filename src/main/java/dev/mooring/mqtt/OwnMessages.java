package dev.mooring.mqtt;

import dev.mooring.auth.Permissions;
import dev.mooring.auth.Subject;
import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.session.PublishMessage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages that the broker publishes: Wills that are due, and its own of {@code $SYS}. Confined to the loop.
 *
 * <p>A Will was allowed when its client connected; it has to be allowed now, too, which may be long after, by another
 * policy. What sources of rules say now counts; while they can't be asked, what they said when the client connected.
 */
final class OwnMessages {
    private static final Logger LOG = LoggerFactory.getLogger(OwnMessages.class);

    private final Loop loop;

    OwnMessages(Loop loop) {
        this.loop = loop;
    }

    void publish(PublishMessage publish, Consumer<ReasonCode> answer) {
        if (publish.owner().isEmpty()) {
            if (loop.publishPath.rejects(publish.message())) { // a Will has nobody who could be told
                loop.node.metrics().publishesRejected.increment();
                answer.accept(ReasonCode.QUOTA_EXCEEDED);
            } else {
                route(publish, answer);
            }
            return;
        }
        Subject owner = Subject.of(publish.message().from(), publish.owner());
        if (loop.node.gate().isShut()) { // the node stops: who waited for others now would be too late
            publish(publish, owner, answer);
            return;
        }
        Granted.ask(loop, loop.node.policy().get().sources(), owner, granted -> {
            Subject now = granted.subject();
            publish(publish, now == null ? owner : now, answer);
        });
    }

    private void publish(PublishMessage publish, Subject owner, Consumer<ReasonCode> answer) {
        Message will = publish.message();
        Permissions permissions = loop.node.policy().get().acl().permissions(owner);
        if (permissions.mayPublish(will.topic(), will.qos(), will.retain())) {
            route(publish, answer);
        } else {
            loop.node.metrics().willsDenied.increment();
            LOG.info("the Will of {} is not published: its topic is not allowed", will.from());
            answer.accept(ReasonCode.NOT_AUTHORIZED);
        }
    }

    private void route(PublishMessage publish, Consumer<ReasonCode> answer) {
        loop.publishPath.publish(publish.message(), null, null, 0, publish.willSessionId(), answer::accept);
    }
}
