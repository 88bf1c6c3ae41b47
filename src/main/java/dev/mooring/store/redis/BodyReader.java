package dev.mooring.store.redis;

import dev.mooring.message.Message;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads bodies, no more at once than a page may have in bytes: their sizes first. */
final class BodyReader {
    /** A page ends early here, whatever its limit; one message is always taken. */
    private static final long PAGE_BYTES_MAX = 1L << 20;

    private final Bodies bodies;

    BodyReader(Bodies bodies) {
        this.bodies = bodies;
    }

    /**
     * @param messages of those that are there
     * @param gone those that are not
     * @param taken how many of what was asked for this is
     */
    record Read(List<Message> messages, List<Body> gone, int taken) {}

    Future<Read> read(List<Body> wanted, Pipeline pipeline) {
        List<Future<@Nullable Response>> sizes = new ArrayList<>(wanted.size());
        for (Body body : wanted) {
            Request size = Request.cmd(Command.HSTRLEN).arg(body.key()).arg("payload");
            sizes.add(pipeline.send(size).otherwiseEmpty()); // no hash: then it is no message either
        }
        return Future.join(sizes).compose(v -> {
            int taken = 0;
            for (long bytes = 0; taken < sizes.size() && (taken == 0 || bytes <= PAGE_BYTES_MAX); taken++) {
                Response size = sizes.get(taken).result();
                bytes += size == null ? 0 : size.toLong();
                if (taken > 0 && bytes > PAGE_BYTES_MAX) {
                    break;
                }
            }
            return read(wanted, taken, pipeline);
        });
    }

    private Future<Read> read(List<Body> wanted, int taken, Pipeline pipeline) {
        List<Future<@Nullable Response>> hashes = new ArrayList<>(taken);
        for (Body body : wanted.subList(0, taken)) {
            hashes.add(pipeline.send(Request.cmd(Command.HGETALL).arg(body.key())));
        }
        return Future.join(hashes).transform(v -> {
            List<Message> messages = new ArrayList<>(taken);
            List<Body> gone = new ArrayList<>(0);
            for (int i = 0; i < taken; i++) {
                if (hashes.get(i).failed()) {
                    String text = RedisErrors.text(hashes.get(i).cause());
                    if (!RedisErrors.isForGood(text)) {
                        return Future.failedFuture(hashes.get(i).cause());
                    }
                    continue;
                }
                Body body = wanted.get(i);
                Hash hash = Hash.of(hashes.get(i).result());
                Message message = hash.size() == 0 ? null : bodies.read(hash, body.id(), body.key());
                if (message != null) {
                    messages.add(message);
                } else if (hash.size() == 0) {
                    gone.add(body);
                }
            }
            return Future.succeededFuture(new Read(messages, gone, taken));
        });
    }
}
