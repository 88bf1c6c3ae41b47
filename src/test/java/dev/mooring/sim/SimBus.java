package dev.mooring.sim;

import dev.mooring.bus.LocalBody;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * As much of Vert.x as the broker's verticles use: event bus, timers and contexts, on simulated threads. Every send is
 * an effect that the broker may die before.
 */
final class SimBus {
    private final SimBroker broker;
    private final Map<String, Listener> consumers = new HashMap<>();
    final EventBus bus = proxy(EventBus.class, (p, method, args) -> call(method.getName(), args));

    private record Listener(Actor actor, Handler<Message<LocalBody>> handler) {}

    SimBus(SimBroker broker) {
        this.broker = broker;
    }

    private @Nullable Object call(String method, Object[] args) {
        return switch (method) {
            case "send" -> {
                send((String) args[0], (LocalBody) args[1], null);
                yield bus;
            }
            case "request" -> {
                Promise<Object> answer = Promise.promise();
                Actor asking = broker.current();
                boolean isSent = send(
                        (String) args[0],
                        (LocalBody) args[1],
                        body -> asking.send(() -> {
                            answer.complete(message(body));
                        }));
                if (!isSent) {
                    asking.post(() -> answer.fail("no handlers"));
                }
                yield answer.future();
            }
            case "localConsumer" -> consumer((String) args[0], args[1]);
            default -> throw new AssertionError("not modelled: " + method);
        };
    }

    /** False when nobody listens, which is as it should be only while the broker starts. */
    private boolean send(String address, LocalBody body, @Nullable Consumer<LocalBody> reply) {
        broker.effect();
        Listener consumer = consumers.get(address);
        if (consumer == null) {
            if (broker.isOpen()) {
                throw new IllegalStateException("nobody listens at " + address);
            }
            return false;
        }
        Message<LocalBody> message = message(body, reply);
        consumer.actor.send(() -> consumer.handler.handle(message));
        return true;
    }

    @SuppressWarnings("unchecked")
    private Object consumer(String address, Object handler) {
        consumers.put(address, new Listener(broker.current(), (Handler<Message<LocalBody>>) handler));
        return proxy(MessageConsumer.class, (p, method, args) -> switch (method.getName()) {
            case "completion", "unregister" -> Future.succeededFuture();
            default -> throw new AssertionError("not modelled: " + method.getName());
        });
    }

    private Message<LocalBody> message(LocalBody body) {
        return message(body, null);
    }

    @SuppressWarnings("unchecked")
    private Message<LocalBody> message(LocalBody body, @Nullable Consumer<LocalBody> reply) {
        return proxy(Message.class, (p, method, args) -> switch (method.getName()) {
            case "body" -> body;
            case "reply" -> {
                broker.effect();
                if (reply != null) {
                    reply.accept((LocalBody) args[0]);
                }
                yield null;
            }
            default -> throw new AssertionError("not modelled: " + method.getName());
        });
    }

    /** The Vert.x that a verticle of this actor sees. */
    Vertx vertx(Actor actor) {
        return proxy(Vertx.class, (p, method, args) -> switch (method.getName()) {
            case "eventBus" -> bus;
            case "setPeriodic" -> {
                broker.world.every(1_000 * (long) args[0], () -> {
                    actor.post(() -> ((Handler<?>) args[1]).handle(null));
                    return broker.isAlive();
                });
                yield 1L;
            }
            case "setTimer" -> {
                timer(actor, (Handler<?>) args[1]);
                yield 1L;
            }
            default -> throw new AssertionError("not modelled: " + method.getName());
        });
    }

    /** The time asked for is made by the real {@code Math.random}; so chance of our own takes its place. */
    private void timer(Actor actor, Handler<?> handler) {
        broker.world.after(broker.world.delayUs(20_000), () -> actor.post(() -> handler.handle(null)));
    }

    Context context(Actor actor) {
        return proxy(Context.class, (p, method, args) -> {
            if (method.getName().equals("runOnContext")) {
                actor.post(() -> ((Handler<?>) args[0]).handle(null));
                return null;
            }
            throw new AssertionError("not modelled: " + method.getName());
        });
    }

    @SuppressWarnings("unchecked")
    private static <T> T proxy(Class<? super T> type, InvocationHandler handler) {
        InvocationHandler safe = (p, method, args) -> switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(p);
            case "equals" -> p == args[0];
            case "toString" -> type.getSimpleName();
            default -> handler.invoke(p, method, args);
        };
        return (T) Proxy.newProxyInstance(SimBus.class.getClassLoader(), new Class<?>[] {type}, safe);
    }
}
