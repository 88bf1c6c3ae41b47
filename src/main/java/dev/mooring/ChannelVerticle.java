package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.mqtt.ProxySubscribe;
import dev.mooring.store.redis.RedisChannel;
import dev.mooring.store.redis.RedisConfig;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/** Passes what is said on a pool's channel to the loops; the one that has the client acts. */
final class ChannelVerticle extends VerticleBase implements RedisChannel.Listener {
    private final RedisConfig config;
    private final String name;
    private final int loops;
    private @Nullable RedisChannel channel;

    ChannelVerticle(RedisConfig config, String name, int loops) {
        this.config = config;
        this.name = name;
        this.loops = loops;
    }

    @Override
    public Future<?> start() {
        RedisChannel opened = new RedisChannel(vertx, config, name, this);
        channel = opened;
        return opened.open();
    }

    @Override
    public Future<?> stop() {
        return channel == null ? Future.succeededFuture() : channel.close();
    }

    @Override
    public void subscribe(String clientId, Subscription subscription) {
        tell(new ProxySubscribe(clientId, subscription, true));
    }

    @Override
    public void unsubscribe(String clientId, TopicFilter filter) {
        tell(new ProxySubscribe(clientId, Subscription.of(filter.text(), 0), false));
    }

    private void tell(ProxySubscribe body) {
        for (int i = 0; i < loops; i++) {
            vertx.eventBus().send(Address.loop(i), body, LocalCodec.OPTIONS);
        }
    }
}
