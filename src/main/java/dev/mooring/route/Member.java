package dev.mooring.route;

import dev.mooring.message.Subscription;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One subscription in the index: who, what, and the {@link Target} it makes when nothing overlaps. The target is made
 * once here, so that a cached {@link Route} costs one reference per session and not one object.
 *
 * <p>It is also the commonest {@link Members}: the filter with a single subscriber.
 */
public record Member(Subscriber subscriber, Subscription subscription, Target target) implements Members {

    static Member of(Subscriber subscriber, Subscription s) {
        int[] identifiers = s.identifier() == 0 ? Target.NO_IDENTIFIERS : new int[] {s.identifier()};
        Target target = new Target(subscriber, s.qos(), s.retainAsPublished(), identifiers, null, !s.noLocal());
        return new Member(subscriber, s, target);
    }

    /** Whether a message for this member may have to wait in a store. */
    boolean isDurable() {
        return subscriber.durable() && subscription.qos() > 0;
    }

    @Override
    public Members with(Member member) {
        return member.subscriber == subscriber ? member : new Few(new Member[] {this, member});
    }

    @Override
    public @Nullable Members without(Subscriber leaving) {
        return leaving == subscriber ? null : this;
    }

    @Override
    public @Nullable Member find(Subscriber wanted) {
        return wanted == subscriber ? this : null;
    }

    @Override
    public void addTo(RouteBuilder route) {
        route.add(this);
    }

    @Override
    public void forEach(Consumer<? super Member> action) {
        action.accept(this);
    }
}
