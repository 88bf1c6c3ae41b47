package dev.mooring;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.mooring.config.Config;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Sets what is logged, at any time. A logger that is no longer named gets back what it had. */
final class LogLevels {
    private final LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Map<String, @Nullable Level> before = new HashMap<>();

    /** By logback.xml once more, with the system properties as they are now. */
    static void startAgain() {
        LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
        loggers.reset();
        try {
            new ContextInitializer(loggers).autoConfig();
        } catch (JoranException e) {
            throw new IllegalStateException("logback.xml can't be used", e);
        }
    }

    void use(Config.Log log) {
        set(Logger.ROOT_LOGGER_NAME, level(log.level()));
        useNamed(log);
    }

    /** Only those of single loggers: the start has set the other one before there was a logger. */
    synchronized void useNamed(Config.Log log) {
        Set<String> gone = new HashSet<>(before.keySet());
        gone.removeAll(log.levels().keySet());
        gone.forEach(name -> set(name, before.remove(name)));
        log.levels().forEach((name, level) -> {
            if (!before.containsKey(name)) {
                before.put(name, loggers.getLogger(name).getLevel());
            }
            set(name, level(level));
        });
    }

    private void set(String name, @Nullable Level level) {
        loggers.getLogger(name).setLevel(level);
    }

    private static Level level(Config.LogLevel level) {
        return Level.toLevel(level.name());
    }
}
