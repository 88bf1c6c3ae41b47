package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.config.Pool;
import dev.mooring.data.Inspection;
import dev.mooring.data.LineType;
import dev.mooring.data.Unusable;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        header = "Says what is in the store of a pool.",
        description =
                "Reads all of it and changes nothing that a broker's start would not. Makes no folder and no table."
                        + " An embedded store has to be free: stop the broker first.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:said", "1:some of it cannot be read", "69:the store cannot be opened, or a broker has it"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring data inspect -conf /etc/mooring/conf.json",
            "  mooring data inspect --pool pool1 --json | jq .session"
        })
final class DataInspectCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "As one JSON object: a count, or count and bytes, by type of line.")
    private boolean asJson;

    @Mixin
    private PoolOption pool = new PoolOption();

    @Mixin
    private HelpOption help = new HelpOption();

    DataInspectCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        return pool.run(host, Objects.requireNonNull(spec), false, (config, name) -> ExitCode.OK, this::inspect);
    }

    private int inspect(PoolOption.Opened opened) throws IOException, Unusable {
        Inspection found = Inspection.run(opened.store(), opened.mayHaveState());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long unreadable = opened.store().unreadableCount();
        if (asJson) {
            out.println(JsonText.of(json(opened, found, unreadable)));
        } else {
            print(opened, found, unreadable, out);
        }
        return unreadable == 0 ? ExitCode.OK : ExitCode.FOUND;
    }

    private static ObjectNode json(PoolOption.Opened opened, Inspection found, long unreadable) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("pool", opened.name()).put("backend", opened.backend()).put("keeps_sessions", opened.keepsSessions());
        if (opened.pool() instanceof Pool.EmbeddedPool p) {
            json.put("format", EmbeddedStore.FORMAT).put("disk_bytes", EmbeddedStore.bytesIn(Path.of(p.path())));
        }
        for (LineType type : LineType.values()) {
            json.putObject(type.word()).put("count", found.count(type)).put("bytes", found.bytes(type));
        }
        json.put("shared_groups", found.groups())
                .put("wills", found.wills())
                .put("in_flight", found.inFlight())
                .put("rule_clients", found.clients())
                .put("rule_clients_on_line", found.onLine());
        return json.put("unreadable", unreadable);
    }

    private static void print(PoolOption.Opened opened, Inspection found, long unreadable, PrintWriter out) {
        out.println("pool " + opened.name() + ", " + where(opened));
        if (!opened.keepsSessions()) {
            out.println("  /session/pool is another one"
                    + (opened.mayHaveState() ? "" : ": only what rules keep is looked at"));
        }
        for (LineType type : LineType.values()) {
            long bytes = found.bytes(type);
            String more = type == LineType.SESSION
                    ? found.wills() + " with a Will, " + found.groups() + " of them queues of shared groups"
                    : type == LineType.QUEUED
                            ? bytes(bytes) + ", " + found.inFlight() + " in flight"
                            : bytes > 0 ? bytes(bytes) : "";
            out.printf(
                    Locale.ROOT, "  %12d  %s%s%n", found.count(type), type.plural(), more.isEmpty() ? "" : "; " + more);
        }
        out.printf(Locale.ROOT, "  %12d  clients that rules have noted; %d on line%n", found.clients(), found.onLine());
        if (unreadable > 0) {
            out.println("  " + unreadable + " could not be read; see the log on standard error");
        }
    }

    private static String where(PoolOption.Opened opened) {
        if (opened.pool() instanceof Pool.EmbeddedPool p) {
            Path path = Path.of(p.path());
            return "embedded in " + path.toAbsolutePath().normalize() + ", format " + EmbeddedStore.FORMAT + ", "
                    + bytes(EmbeddedStore.bytesIn(path)) + " on disk";
        }
        return opened.backend();
    }

    private static String bytes(long n) {
        return String.format(Locale.ROOT, "%,d bytes", n);
    }
}
