package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.Surroundings;
import dev.mooring.data.Unusable;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs commands in this process, with an environment and a terminal of its own. */
final class Cli {
    /** What a command has said and ended with. */
    record Result(int exitCode, String out, String err) {}

    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();
    private final Deque<String> typed = new ArrayDeque<>();
    private final List<Config> started = new ArrayList<>();
    private String in = "";
    private boolean hasTerminal;

    Cli environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Cli property(String name, String value) {
        properties.put(name, value);
        return this;
    }

    Cli standardInput(String text) {
        in = text;
        return this;
    }

    /** What somebody types, answer by answer. */
    Cli typing(String... answers) {
        hasTerminal = true;
        typed.addAll(List.of(answers));
        return this;
    }

    /** The brokers that were asked for. */
    List<Config> started() {
        return started;
    }

    Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = CommandLines.execute(host(), new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    Host host() {
        return new Host(
                "1.2.3",
                Surroundings.of(environment, properties),
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                hasTerminal ? question -> typed.removeFirst().toCharArray() : null,
                this::start,
                (config, pool, write) -> {
                    throw new Unusable("no store is asked for");
                });
    }

    private int start(ConfigSources sources, ConfigResult.Valid read) {
        started.add(read.config());
        return ExitCode.UNAVAILABLE;
    }
}
