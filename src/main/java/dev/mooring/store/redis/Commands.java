package dev.mooring.store.redis;

import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule's own commands, rendered: every word is one argument, whatever bytes it has. Their answers are not looked at.
 */
final class Commands {
    private Commands() {}

    static Future<StoreReply> send(StoreOp.Commands op, Pipeline pipeline) {
        List<Future<@Nullable Response>> sent = new ArrayList<>(op.commands().size());
        for (byte[][] words : op.commands()) {
            Request request = Request.cmd(Command.create(new String(words[0], StandardCharsets.US_ASCII)));
            for (int i = 1; i < words.length; i++) {
                request.arg(words[i]);
            }
            sent.add(pipeline.sendOnce(request));
        }
        return RedisStore.done(sent);
    }
}
