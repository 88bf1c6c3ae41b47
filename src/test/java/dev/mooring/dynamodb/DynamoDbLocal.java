package dev.mooring.dynamodb;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * DynamoDB Local in this JVM, in memory and without telemetry, started by the first test that asks. Tests keep out of
 * each other's way by {@link #newPrefix table prefixes}. It ends with this JVM. Safe from any thread.
 */
public final class DynamoDbLocal {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static int port;

    private DynamoDbLocal() {}

    /** Its address, as a pool's {@code server}. */
    public static String server() {
        return "http://127.0.0.1:" + port();
    }

    /** A prefix that no other test has. */
    public static String newPrefix() {
        return "t" + PREFIXES.incrementAndGet() + "_";
    }

    public static synchronized int port() {
        if (port == 0) {
            port = start();
        }
        return port;
    }

    /** To look at tables with; to be closed. */
    public static DynamoDbAsyncClient client() {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(URI.create(server()))
                .region(Region.US_WEST_2)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroupBuilder(SdkEventLoopGroup.builder().numberOfThreads(1)))
                .build();
    }

    private static int start() {
        System.setProperty(
                "sqlite4java.library.path",
                Path.of("target", "sqlite").toAbsolutePath().toString());
        try {
            int free = freePort();
            String[] arguments = {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", String.valueOf(free)};
            DynamoDBProxyServer server = ServerRunner.createServerFromCommandLineArgs(arguments);
            server.start();
            return free;
        } catch (Exception e) { // that is what its methods declare
            throw new AssertionError("DynamoDB Local does not start", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
