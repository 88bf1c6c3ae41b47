package dev.mooring.mqtt;

import dev.mooring.auth.RuleSources;
import dev.mooring.auth.Subject;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What all sources of rules say of one client.
 *
 * @param subject the client with its rules; null when somebody could not be asked
 * @param why then, for the log
 */
record Granted(@Nullable Subject subject, String why) {
    /** The answer comes to {@code loop}; at once where nobody has to be asked, and so nobody grants anything. */
    static void ask(Loop loop, RuleSources sources, Subject subject, Consumer<Granted> answer) {
        if (!sources.knowMoreOf(subject)) {
            answer.accept(new Granted(subject.withGranted(List.of()), ""));
            return;
        }
        loop.ask(
                () -> sources.ask(subject)
                        .transform(done -> Future.succeededFuture(
                                done.succeeded()
                                        ? new Granted(done.result(), "")
                                        : new Granted(
                                                null,
                                                String.valueOf(done.cause().getMessage())))),
                answer);
    }
}
