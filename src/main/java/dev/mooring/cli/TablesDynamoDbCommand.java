package dev.mooring.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.config.AclSource;
import dev.mooring.config.AuthLink;
import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.rule.ItemTemplate;
import dev.mooring.rule.Items;
import dev.mooring.rule.Rule;
import dev.mooring.rule.RuleTables;
import dev.mooring.store.dynamodb.AccessPolicy;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "dynamodb",
        header = "Prints the tables of a dynamodb pool, or the rights that the broker needs.",
        description =
                "For who does not let the broker create its tables (\"create_tables\": false). Prefix, billing and"
                        + " region are those of the pool; without a pool the defaults. The policy has the tables"
                        + " of its rules too; those of users come where \"auth\" looks them up. Nothing is asked"
                        + " of AWS.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring tables dynamodb                    all definitions, a list for jq",
            "  mooring tables dynamodb --commands | sh    creates them, with their TTL",
            "  mooring tables dynamodb --policy           an IAM policy with the least rights"
        })
final class TablesDynamoDbCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--pool", paramLabel = "NAME", description = "Which one. Default: the only dynamodb pool.")
    private @Nullable String name;

    @Option(names = "--commands", description = "The commands of the AWS CLI that create the tables.")
    private boolean asCommands;

    @Option(names = "--policy", description = "A policy of AWS IAM in place of the tables.")
    private boolean asPolicy;

    @Mixin
    private FileOption file = new FileOption();

    @Mixin
    private HelpOption help = new HelpOption();

    TablesDynamoDbCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        return file.with(host, valid -> print(valid.config()));
    }

    private int print(Config config) {
        CommandLine own = Objects.requireNonNull(spec).commandLine();
        Map<String, Pool.DynamoDbPool> pools = new LinkedHashMap<>();
        config.pools().forEach((n, pool) -> {
            if (pool instanceof Pool.DynamoDbPool p && (name == null || n.equals(name))) {
                pools.put(n, p);
            }
        });
        if (pools.size() > 1 || pools.isEmpty() && name != null) {
            String why = pools.isEmpty()
                    ? "there is no dynamodb pool " + name
                    : "--pool has to say which: " + pools.keySet();
            throw new ParameterException(own, why);
        }
        String pool = pools.isEmpty() ? "" : pools.keySet().iterator().next();
        print(pools.getOrDefault(pool, defaults()), ofLogins(config, pool), ofRules(config, pool), own.getOut());
        return ExitCode.OK;
    }

    /** Tables of this pool that logins and rights are looked up in. */
    private static Set<Table> ofLogins(Config config, String pool) {
        Set<Table> tables = EnumSet.noneOf(Table.class);
        for (AuthLink link : config.auth().chain()) {
            if (link instanceof AuthLink.DynamoDb d && d.pool().equals(pool)) {
                tables.add(Table.USER);
                tables.addAll(d.acl() ? Set.of(Table.ACL) : Set.of());
            }
        }
        for (AclSource source : config.auth().sources().all()) {
            if (source instanceof AclSource.DynamoDb d && d.pool().equals(pool)) {
                tables.add(Table.ACL);
            }
        }
        return tables;
    }

    /** Tables that only rules of this pool write to. */
    private static Set<String> ofRules(Config config, String pool) {
        Set<String> tables = new TreeSet<>();
        for (Rule rule : config.hooks()) {
            if (rule.pool().equals(pool) && rule.action() instanceof Items items) {
                items.templates().stream()
                        .map(ItemTemplate::table)
                        .filter(table -> RuleTables.key(table).isEmpty())
                        .forEach(tables::add);
            }
        }
        return tables;
    }

    private static Pool.DynamoDbPool defaults() {
        Config config =
                Config.of("{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"d\": {\"backend\": \"dynamodb\"}}}");
        return (Pool.DynamoDbPool) Objects.requireNonNull(config.pools().get("d"));
    }

    private void print(Pool.DynamoDbPool pool, Set<Table> ofLogins, Set<String> ofRules, PrintWriter out) {
        if (asPolicy) {
            List<String> others =
                    ofRules.stream().map(table -> pool.tablePrefix() + table).toList();
            out.println(text(AccessPolicy.of(pool.region(), pool.tablePrefix(), pool.createTables(), ofLogins, others)
                    .encode()));
            return;
        }
        DynamoDbConfig.Capacity capacity = pool.billingMode() == Pool.BillingMode.PROVISIONED
                ? new DynamoDbConfig.Capacity(pool.readCapacityUnits(), pool.writeCapacityUnits())
                : null;
        List<Table> tables = Stream.of(Table.values())
                .filter(table -> !table.isOfLogins() || ofLogins.contains(table))
                .toList();
        if (asCommands) {
            for (Table table : tables) {
                commands(pool, table, table.definition(pool.tablePrefix(), capacity), out);
            }
            return;
        }
        JsonArray definitions = new JsonArray();
        tables.forEach(table -> definitions.add(table.definition(pool.tablePrefix(), capacity)));
        out.println(text(definitions.encode()));
    }

    /** One line each, for a shell; no table's name has anything that means something to it. */
    private static void commands(Pool.DynamoDbPool pool, Table table, JsonObject definition, PrintWriter out) {
        String where = (pool.region().isEmpty() ? "" : " --region " + quoted(pool.region()))
                + (pool.server().isEmpty() ? "" : " --endpoint-url " + quoted(pool.server()));
        String named = " --table-name " + table.name(pool.tablePrefix());
        out.println("aws dynamodb create-table" + where + " --cli-input-json '" + definition.encode() + "'");
        if (table.ends()) {
            out.println("aws dynamodb wait table-exists" + where + named);
            out.println("aws dynamodb update-time-to-live" + where + named
                    + " --time-to-live-specification Enabled=true,AttributeName=" + Table.TTL);
        }
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9:/._-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String text(String json) {
        try {
            return JsonText.of(new ObjectMapper().readTree(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
