package dev.mooring.mqtt;

import dev.mooring.auth.RuleSources;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the sources of rules again about the clients of one loop that stay connected: when their time is over, and when
 * the policy is another one. A few at a time, so that those who just log in need not wait behind them. While a source
 * can't be asked, what it said last counts, and it is tried again. Confined to the loop.
 */
final class RulesRefresh {
    private static final Logger LOG = LoggerFactory.getLogger(RulesRefresh.class);
    private static final int AT_ONCE = 8;
    private static final long RETRY_TICKS = 1_000 / Loop.TICK_MS;

    private final Loop loop;
    private final Supplier<RuleSources> sources;
    private final ArrayDeque<MqttConnection> waiting = new ArrayDeque<>(0);
    private int asked;
    private boolean isFailing;
    private long pausedUntil; // in ticks, as the clock may be set
    private long nextAt;

    RulesRefresh(Loop loop, Supplier<RuleSources> sources) {
        this.loop = loop;
        this.sources = sources;
    }

    /** All clients of this loop, instead of those that wait. */
    void all() {
        RuleSources now = sources.get();
        waiting.clear();
        nextAt = loop.keepAlive.now() + now.refreshMs() / Loop.TICK_MS;
        if (!now.byName().isEmpty()) {
            loop.connections().forEach(waiting::add);
            ask();
        }
    }

    /** One that came while the policy changed. */
    void add(MqttConnection connection) {
        waiting.add(connection);
        ask();
    }

    /** At every tick of the loop. */
    void tick() {
        if (!waiting.isEmpty()) {
            ask();
        } else if (sources.get().refreshMs() > 0 && asked == 0 && loop.keepAlive.now() >= nextAt) {
            all();
        }
    }

    private void ask() {
        while (asked < AT_ONCE && loop.keepAlive.now() >= pausedUntil) {
            MqttConnection connection = waiting.poll();
            LiveSession session = connection == null ? null : connection.sessionOrNull();
            if (connection == null) {
                return;
            }
            if (session != null && sources.get().knowMoreOf(session.subject)) {
                ask(connection, session);
            }
        }
    }

    private void ask(MqttConnection connection, LiveSession session) {
        RuleSources now = sources.get();
        asked++;
        Granted.ask(loop, now, session.subject, answer -> {
            asked--;
            answered(connection, session, now, answer);
            ask();
        });
    }

    private void answered(MqttConnection connection, LiveSession session, RuleSources of, Granted answer) {
        if (of != sources.get() || connection.sessionOrNull() != session) {
            return; // the new policy has everybody asked again
        }
        if (answer.subject() != null) {
            isFailing = false;
            connection.subscribing().granted(session, answer.subject());
            return;
        }
        waiting.add(connection);
        pausedUntil = loop.keepAlive.now() + RETRY_TICKS;
        loop.node.metrics().rightsNotRefreshed.increment();
        if (!isFailing) {
            isFailing = true;
            LOG.warn(
                    "the rights of connected clients stay as they are until their source can be asked again: {}",
                    answer.why());
        }
    }
}
