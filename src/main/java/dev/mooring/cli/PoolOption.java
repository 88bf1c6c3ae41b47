package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.data.OpenStore;
import dev.mooring.data.Unusable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Whose store, for the commands about data. */
final class PoolOption {
    @Option(
            names = "--pool",
            paramLabel = "NAME",
            description = "Which pool of the configuration. Default: that which keeps the sessions.")
    private @Nullable String name;

    @Mixin
    private FileOption file = new FileOption();

    /**
     * An open store.
     *
     * @param keepsSessions whether the broker's own state is there, by the configuration
     */
    record Opened(String name, Pool pool, boolean keepsSessions, OpenStore store) {
        /**
         * Whether it can be asked for the broker's own state: DynamoDB has tables for that only where it is kept;
         * elsewhere there may be some from before.
         */
        boolean mayHaveState() {
            return keepsSessions || !(pool instanceof Pool.DynamoDbPool);
        }

        /** As the configuration calls it. */
        String backend() {
            return pool instanceof Pool.EmbeddedPool
                    ? "embedded"
                    : pool instanceof Pool.RedisPool ? "redis" : "dynamodb";
        }
    }

    /** What a command does with it; returns an exit code. */
    interface Work {
        int with(Opened opened) throws IOException, Unusable;
    }

    /** What a command does before the store is opened; returns an exit code, which other than 0 ends it. */
    interface Before {
        int with(Config config, String pool);
    }

    /** Runs it, and says what went wrong with the store. An {@link IOException} is about the file that is written. */
    int run(Host host, CommandSpec spec, boolean write, Before before, Work work) {
        return file.with(host, valid -> {
            Config config = valid.config();
            String chosen = name == null ? config.session().pool() : name;
            Pool pool = config.pools().get(chosen);
            if (pool == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "there is no pool " + chosen + "; there are "
                                + config.pools().keySet());
            }
            int code = before.with(config, chosen);
            if (code != ExitCode.OK) {
                return code;
            }
            boolean keepsSessions = chosen.equals(config.session().pool());
            try (OpenStore store = host.opening().open(config, chosen, write)) {
                return work.with(new Opened(chosen, pool, keepsSessions, store));
            } catch (Unusable e) {
                spec.commandLine().getErr().println("pool " + chosen + ": " + e.getMessage());
                return ExitCode.UNAVAILABLE;
            } catch (IOException e) {
                spec.commandLine().getErr().println("the file cannot be written: " + FileTrouble.why(e));
                return ExitCode.CANNOT_CREATE;
            }
        });
    }
}
