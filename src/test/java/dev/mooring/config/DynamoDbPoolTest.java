package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Pool.BillingMode;
import dev.mooring.config.Pool.DynamoDbPool;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DynamoDbPoolTest {
    @Test
    void aBackendIsEnough() {
        DynamoDbPool pool = pool("{\"backend\": \"dynamodb\"}");

        assertThat(pool.region()).isEmpty();
        assertThat(pool.server()).isEmpty();
        assertThat(pool.awsAccessKeyId()).isEmpty();
        assertThat(pool.poolSize()).isEqualTo(8);
        assertThat(pool.createTables()).isTrue();
        assertThat(pool.billingMode()).isEqualTo(BillingMode.PAY_PER_REQUEST);
    }

    @Test
    void everyKeyArrives() {
        DynamoDbPool pool = pool("""
                {"backend": "dynamodb", "region": "us-west-2", "server": "http://localhost:8000", "pool_size": 2,
                 "aws_access_key_id": "${ENV:ID}", "aws_secret_access_key": "${ENV:SECRET}",
                 "aws_session_token": "${ENV:TOKEN}", "table_prefix": "a.b-", "create_tables": false,
                 "billing_mode": "PROVISIONED", "read_capacity_units": 3, "write_capacity_units": 4,
                 "connect_timeout_ms": 10, "attempt_timeout_ms": 20, "call_timeout_ms": 30,
                 "max_messages_per_topic": 40, "topic_map_ids_max": 50}
                """);

        assertThat(pool)
                .isEqualTo(new DynamoDbPool(
                        "us-west-2",
                        "http://localhost:8000",
                        2,
                        "AKIA",
                        "swordfish",
                        "hunter2",
                        "a.b-",
                        false,
                        BillingMode.PROVISIONED,
                        3,
                        4,
                        10,
                        20,
                        30,
                        40,
                        50));
        assertThat(pool.toString()).contains("us-west-2").doesNotContain("AKIA", "swordfish", "hunter2");
    }

    @Test
    void noErrorShowsASecret() {
        String json =
                "{\"backend\": \"dynamodb\", \"aws_secret_access_key\": \"swordfish\", \"billing_mode\": \"FREE\"}";

        assertThat(parse(json).toString())
                .contains("aws_access_key_id and aws_secret_access_key go together", "PAY_PER_REQUEST")
                .doesNotContain("swordfish");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:8000",
                "ftp://a",
                "http://",
                "http://a/b",
                "http://a?b",
                "http://u:p@a",
                "http://a:70000",
                "http://a b"
            })
    void nothingElseIsAServer(String server) {
        assertThat(parse("{\"backend\": \"dynamodb\", \"server\": \"%s\"}".formatted(server))
                        .toString())
                .contains("must be http://host:port");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "aws_session_token": "x"                                | needs aws_access_key_id
            "attempt_timeout_ms": 100, "call_timeout_ms": 99        | must not be less than attempt_timeout_ms (100)
            "table_prefix": "a/"                                    | letters, digits, _ . and -
            """, quoteCharacter = '\'')
    void whatDoesNotFitIsSaid(String keys, String error) {
        assertThat(parse("{\"backend\": \"dynamodb\", " + keys + "}").toString())
                .contains(error);
    }

    private static DynamoDbPool pool(String json) {
        ConfigResult result = parse(json);
        assertThat(result).as(result.toString()).isInstanceOf(ConfigResult.Valid.class);
        return (DynamoDbPool) ((ConfigResult.Valid) result).config().pools().get("d");
    }

    private static ConfigResult parse(String json) {
        return new ConfigReader(Map.of("ID", "AKIA", "SECRET", "swordfish", "TOKEN", "hunter2")::get, 2, 1 << 30)
                .parse("{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"d\": " + json + "}}");
    }
}
