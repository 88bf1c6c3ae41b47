package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TablesCommandTest {
    private static final String POOLS = """
            {"pools": {"local": {"backend": "embedded"},
              "d": {"backend": "dynamodb", "region": "eu-west-1", "table_prefix": "x_", "create_tables": false,
                    "billing_mode": "PROVISIONED", "write_capacity_units": 7}}}
            """;
    private static final Pattern CALL =
            Pattern.compile("\"((?:Batch|Get|Put|Update|Delete|Query|Scan|Transact|Describe|Create|List)[A-Za-z]*)\"");

    @Test
    @DisplayName("without a pool all tables by their documented names and keys, paid by request")
    void definitions() throws IOException {
        Cli.Result result = new Cli().run("tables", "dynamodb", "-conf", "{}");
        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode tables = new ObjectMapper().readTree(result.out());
        assertThat(tables.findValuesAsText("TableName"))
                .contains(
                        "mqtt_client",
                        "mqtt_sub",
                        "mqtt_msg",
                        "mqtt_topic_msg_map",
                        "mqtt_retain",
                        "mqtt_acked",
                        "mqtt_topic_msg");
        assertThat(tables.get(1)).isEqualTo(new ObjectMapper().readTree("""
                        {"TableName": "mqtt_sub",
                         "KeySchema": [{"AttributeName": "clientid", "KeyType": "HASH"},
                                       {"AttributeName": "topic", "KeyType": "RANGE"}],
                         "AttributeDefinitions": [{"AttributeName": "clientid", "AttributeType": "S"},
                                                  {"AttributeName": "topic", "AttributeType": "S"}],
                         "BillingMode": "PAY_PER_REQUEST"}
                        """));
    }

    @Test
    @DisplayName("prefix, capacity and region are those of the pool; commands enable TTL where items end")
    void commands() throws IOException {
        Cli.Result json = new Cli().run("tables", "dynamodb", "-conf", POOLS);
        JsonNode first = new ObjectMapper().readTree(json.out()).get(0);
        assertThat(first.path("TableName").asText()).isEqualTo("x_mqtt_client");
        assertThat(first.at("/ProvisionedThroughput/WriteCapacityUnits").intValue())
                .isEqualTo(7);
        assertThat(first.has("BillingMode")).isFalse();

        Cli.Result commands = new Cli().run("tables", "dynamodb", "--commands", "-conf", POOLS);
        assertThat(commands.out().lines())
                .contains(
                        "aws dynamodb create-table --region eu-west-1 --cli-input-json '" + first + "'",
                        "aws dynamodb update-time-to-live --region eu-west-1 --table-name x_mqtt_msg"
                                + " --time-to-live-specification Enabled=true,AttributeName=expire_at")
                .noneMatch(line -> line.contains("update-time-to-live") && line.contains("x_mqtt_client"));
        Cli.Result server = new Cli()
                .run(
                        "tables",
                        "dynamodb",
                        "--commands",
                        "-conf",
                        POOLS,
                        "--set",
                        "/pools/d/server=http://127.0.0.1:8000");
        assertThat(server.out()).contains("--endpoint-url http://127.0.0.1:8000");
    }

    @Test
    @DisplayName("the policy allows what the store calls, on its tables and no others; creating only if it does that")
    void policy() throws IOException {
        JsonNode policy = new ObjectMapper()
                .readTree(new Cli()
                        .run("tables", "dynamodb", "--policy", "-conf", POOLS)
                        .out());
        assertThat(policy.path("Version").asText()).isEqualTo("2012-10-17");
        assertThat(policy.findValuesAsText("Effect")).containsOnly("Allow");
        assertThat(policy.at("/Statement/0/Resource/0").asText())
                .isEqualTo("arn:aws:dynamodb:eu-west-1:*:table/x_mqtt_client");
        assertThat(policy.toString()).doesNotContain("dynamodb:*", "CreateTable", "\"*\"");

        Cli.Result creating = new Cli().run("tables", "dynamodb", "--policy", "-conf", "{}");
        Set<String> allowed = new TreeSet<>();
        Matcher action = Pattern.compile("\"dynamodb:(\\w+)\"").matcher(creating.out());
        while (action.find()) {
            allowed.add(action.group(1));
        }
        assertThat(allowed).isEqualTo(called());
        assertThat(creating.out()).contains("arn:aws:dynamodb:*:*:table/mqtt_msg");
        assertThat(new Cli()
                        .run("tables", "dynamodb", "--policy", "-conf", POOLS, "--set", "/pools/d/region=cn-north-1")
                        .out())
                .contains("arn:aws-cn:dynamodb:cn-north-1:*:table/");
    }

    @Test
    @DisplayName("the policy has the tables that rules of the pool write to, and only what rules do there")
    void policyOfRules() throws IOException {
        String rules = """
                [{"pool": "d", "action": {"items": [{"table": "mine", "put": {"k": "v"}},
                                                    {"table": "mqtt_msg", "delete": {"msgid": "v"}}]}}]
                """;
        Cli.Result result = new Cli()
                .run("tables", "dynamodb", "--policy", "-conf", POOLS, "--set", "/hooks/client.connected=" + rules);
        assertThat(new ObjectMapper().readTree(result.out()).at("/Statement/2"))
                .isEqualTo(new ObjectMapper().readTree("""
                        {"Sid": "Rules", "Effect": "Allow",
                         "Action": ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                         "Resource": ["arn:aws:dynamodb:eu-west-1:*:table/x_mine"]}
                        """));
    }

    @Test
    @DisplayName("tables of users come where auth looks them up, and may be read only")
    void logins() throws IOException {
        String chain = "/auth/chain=[{\"type\": \"dynamodb\", \"pool\": \"d\", \"acl\": false}]";
        String source = "/auth/acl/sources=[{\"type\": \"dynamodb\", \"pool\": \"d\"}]";
        assertThat(new Cli().run("tables", "dynamodb", "-conf", POOLS).out()).doesNotContain("mqtt_user", "mqtt_acl");
        assertThat(new Cli()
                        .run("tables", "dynamodb", "-conf", POOLS, "--set", chain)
                        .out())
                .contains("x_mqtt_user")
                .doesNotContain("mqtt_acl");
        Cli.Result both =
                new Cli().run("tables", "dynamodb", "--policy", "-conf", POOLS, "--set", chain, "--set", source);
        JsonNode policy = new ObjectMapper().readTree(both.out());
        assertThat(policy.at("/Statement/2")).isEqualTo(new ObjectMapper().readTree("""
                        {"Sid": "Logins", "Effect": "Allow",
                         "Action": ["dynamodb:GetItem", "dynamodb:Query"],
                         "Resource": ["arn:aws:dynamodb:eu-west-1:*:table/x_mqtt_user",
                                      "arn:aws:dynamodb:eu-west-1:*:table/x_mqtt_acl"]}
                        """));
        assertThat(policy.at("/Statement/0").toString()).doesNotContain("mqtt_user", "mqtt_acl");
        assertThat(policy.at("/Statement/1/Sid").asText()).isEqualTo("Look");
        assertThat(policy.at("/Statement/1/Resource").toString()).contains("x_mqtt_user", "x_mqtt_acl");
    }

    /** The names of all calls in the store's sources, as the link is told them. */
    private static Set<String> called() throws IOException {
        Set<String> called = new TreeSet<>();
        try (Stream<Path> sources = Files.list(Path.of("src/main/java/dev/mooring/store/dynamodb"))) {
            for (Path source :
                    sources.filter(p -> !p.endsWith("AccessPolicy.java")).toList()) {
                Matcher call = CALL.matcher(Files.readString(source));
                while (call.find()) {
                    called.add(call.group(1));
                }
            }
        }
        called.removeIf(name -> name.endsWith("Exception"));
        called.remove("TransactWriteItems"); // which IAM does not know: it asks for the actions of the parts
        return called;
    }

    @Test
    @DisplayName("several pools have to be told apart, and one has to be there")
    void mistakes() {
        String two = "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"a\": {\"backend\": \"dynamodb\"},"
                + " \"b\": {\"backend\": \"dynamodb\", \"table_prefix\": \"b_\"}}}";
        Cli.Result which = new Cli().run("tables", "dynamodb", "-conf", two);
        assertThat(which.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(which.err()).contains("--pool has to say which: [a, b]");
        assertThat(new Cli()
                        .run("tables", "dynamodb", "-conf", two, "--pool", "b")
                        .out())
                .contains("b_mqtt_client");
        assertThat(new Cli()
                        .run("tables", "dynamodb", "-conf", two, "--pool", "local")
                        .err())
                .contains("there is no dynamodb pool local");
        assertThat(new Cli().run("tables", "dynamodb", "-conf", "{\"x\": 1}").exitCode())
                .isEqualTo(ExitCode.CONFIG);
    }
}
