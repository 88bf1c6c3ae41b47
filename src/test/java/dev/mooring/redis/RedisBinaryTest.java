package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which redis-server the tests take. */
class RedisBinaryTest {
    @TempDir
    private Path folder;

    private String saying(String version) throws IOException {
        Path script = Files.writeString(folder.resolve("server"), "#!/bin/sh\necho '" + version + "'\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script.toString();
    }

    @Test
    @DisplayName("what is named is taken, whatever there is")
    void named() {
        assertThat(RedisBinary.choose("/opt/valkey-server", "redis-server")).isEqualTo("/opt/valkey-server");
    }

    @Test
    @DisplayName("one on the PATH is taken if it is new enough")
    void onPath() throws IOException {
        String newer = saying("Redis server v=7.4.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1");
        assertThat(RedisBinary.choose("", newer)).isEqualTo(newer);
        String older = saying("Redis server v=6.2.6 sha=00000000:0 malloc=libc bits=64 build=1");
        assertThat(RedisBinary.choose("", older)).isNotEqualTo(older);
    }

    @Test
    @DisplayName("without one the build brings it")
    void brought() {
        String brought = RedisBinary.choose("", "no-redis-server-of-this-name");
        assertThat(RedisBinary.version(brought)).isGreaterThanOrEqualTo(7);
    }
}
