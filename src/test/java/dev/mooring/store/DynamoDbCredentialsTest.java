package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who the store says it is: by its configuration, or by each member of the SDK's chain that can be had here. */
@NeedsNode
class DynamoDbCredentialsTest {
    private static final String PREFIX = Dynalite.newPrefix();
    private static final AwsFaults AWS = AwsFaults.start();
    private static Vertx vertx;
    /** What a test sets of the process; the metadata server of an instance is not asked for in any. */
    private final List<String> mayBeSet = List.of(
            "aws.accessKeyId",
            "aws.secretAccessKey",
            "aws.sessionToken",
            "aws.region",
            "aws.sharedCredentialsFile",
            "aws.configFile",
            "aws.containerCredentialsFullUri",
            "aws.webIdentityTokenFile",
            "aws.roleArn",
            "aws.endpointUrlSts");

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() throws Exception {
        StoreHarness.await(vertx.close());
        AWS.close();
    }

    @BeforeEach
    void alone() {
        System.setProperty("aws.disableEc2Metadata", "true");
        System.setProperty("aws.sharedCredentialsFile", folder.resolve("none").toString());
        System.setProperty("aws.configFile", folder.resolve("none").toString());
        System.setProperty("aws.region", "eu-central-1");
    }

    @AfterEach
    void forget() {
        mayBeSet.forEach(System::clearProperty);
        System.clearProperty("aws.disableEc2Metadata");
    }

    private static Store store(String region, String key, String secret, String token) {
        return new OnContext(
                vertx,
                new DynamoDbStore(
                        vertx,
                        new DynamoDbConfig(
                                region,
                                AWS.server(),
                                8,
                                key,
                                secret,
                                token,
                                PREFIX,
                                true,
                                null,
                                10_000,
                                10_000,
                                20_000,
                                100,
                                100,
                                IdFormat.BASE62,
                                TimestampUnit.S,
                                false)));
    }

    private static Store fromChain() throws Exception {
        Store store = store("", "", "", "");
        StoreHarness.await(store.open());
        return store;
    }

    /** An answer to whatever is asked, on loopback; closed by the caller. */
    private static HttpServer answering(String type, Supplier<String> body) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] bytes = body.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    @DisplayName("keys of the configuration, with and without a session token")
    void configured() throws Exception {
        Store store = store("us-west-2", "AKIA1", "s", "");
        StoreHarness.await(store.open());
        assertThat(AWS.lastCredentials()).isEqualTo("AKIA1 null");
        StoreHarness.await(store.close());
        Store temporary = store("us-west-2", "ASIA1", "s", "token1");
        StoreHarness.await(temporary.open());
        assertThat(AWS.lastCredentials()).isEqualTo("ASIA1 token1");
        StoreHarness.await(temporary.close());
    }

    @Test
    @DisplayName("the chain: what the process is given, then a profile")
    void processAndProfile() throws Exception {
        Path profile = folder.resolve("credentials");
        Files.writeString(profile, "[default]\naws_access_key_id = AKIA3\naws_secret_access_key = s\n");
        System.setProperty("aws.sharedCredentialsFile", profile.toString());
        Store byProfile = fromChain();
        assertThat(AWS.lastCredentials()).isEqualTo("AKIA3 null");
        StoreHarness.await(byProfile.close());
        System.setProperty("aws.accessKeyId", "AKIA2");
        System.setProperty("aws.secretAccessKey", "s");
        Store byProcess = fromChain();
        assertThat(AWS.lastCredentials()).isEqualTo("AKIA2 null");
        StoreHarness.await(byProcess.close());
    }

    @Test
    @DisplayName("the chain: a container's role, renewed before its end")
    void containerRole() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpServer metadata = answering("application/json", () -> """
                {"AccessKeyId": "ASIA%d", "SecretAccessKey": "s", "Token": "t", "Expiration": "%s"}
                """.formatted(
                        asked.incrementAndGet(), Instant.now().plusSeconds(30).truncatedTo(ChronoUnit.SECONDS)));
        try {
            System.setProperty("aws.containerCredentialsFullUri", url(metadata) + "/role");
            Store store = fromChain();
            String first = AWS.lastCredentials();
            assertThat(first).matches("ASIA\\d+ t");
            await().untilAsserted(
                            () -> { // these end within a minute, so new ones are asked for, aside
                                StoreHarness.await(store.apply(List.of(new StoreOp.SubscribeLookup("c"))));
                                assertThat(AWS.lastCredentials())
                                        .matches("ASIA\\d+ t")
                                        .isNotEqualTo(first);
                            });
            StoreHarness.await(store.close());
        } finally {
            metadata.stop(0);
        }
    }

    @Test
    @DisplayName("the chain: web identity, as Kubernetes gives it to a pod")
    void webIdentity() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "eyJ.web.identity");
        HttpServer sts = answering(
                "text/xml", () -> """
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEB</AccessKeyId>
                <SecretAccessKey>s</SecretAccessKey><SessionToken>webtoken</SessionToken>
                <Expiration>%s</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
                </AssumeRoleWithWebIdentityResponse>
                """.formatted(Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS)));
        try {
            Map.of(
                            "aws.webIdentityTokenFile", token.toString(),
                            "aws.roleArn", "arn:aws:iam::123456789012:role/mooring",
                            "aws.endpointUrlSts", url(sts))
                    .forEach(System::setProperty);
            Store store = fromChain();
            assertThat(AWS.lastCredentials()).isEqualTo("ASIAWEB webtoken");
            StoreHarness.await(store.close());
        } finally {
            sts.stop(0);
        }
    }

    @Test
    @DisplayName("without credentials, or without a region, the start says what to do")
    void nothing() {
        assertThatThrownBy(DynamoDbCredentialsTest::fromChain)
                .hasMessageContaining("there are no AWS credentials: give the pool aws_access_key_id");
        System.clearProperty("aws.region");
        Store nowhere = store("", "AKIA1", "s", "");
        assertThatThrownBy(() -> StoreHarness.await(nowhere.open()))
                .hasMessageContaining("there is no AWS region: give the pool one, or the process AWS_REGION");
    }
}
