package dev.mooring.redis;

import dev.mooring.TestNetwork;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.testcontainers.DockerClientFactory;

/**
 * On tests that need more than most machines have, such as another server than that of {@link RedisProcess}.
 * {@link NeedsFilter} leaves them out, and says so, where that is not there.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Needs {
    Kind value();

    /** What a test needs. */
    enum Kind {
        VALKEY("valkey-server on the PATH, or -Dvalkey.binary") {
            @Override
            boolean isThere() {
                return RedisBinary.version(RedisBinary.valkey()) > 0;
            }
        },
        DOCKER("a Docker engine that answers") {
            /**
             * Asked only where one may be, and not for long: a socket that nobody answers must not hold up the build.
             */
            @Override
            boolean isThere() {
                if (System.getenv("DOCKER_HOST") == null && !Files.exists(Path.of("/var/run/docker.sock"))) {
                    return false;
                }
                try {
                    return CompletableFuture.supplyAsync(DockerClientFactory.instance()::isDockerAvailable)
                            .get(10, TimeUnit.SECONDS);
                } catch (ExecutionException | TimeoutException e) {
                    return false;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        },
        NAMESPACES(
                "the right to make network namespaces of Linux (root, or unshare -Urn around all), or ip on the PATH") {
            @Override
            boolean isThere() {
                try (TestNetwork network = TestNetwork.start(1)) {
                    return network.host(0) != null;
                } catch (IllegalStateException e) {
                    return false;
                }
            }
        };

        /** For people. */
        final String text;

        Kind(String text) {
            this.text = text;
        }

        abstract boolean isThere();
    }
}
