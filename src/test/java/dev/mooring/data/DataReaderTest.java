package dev.mooring.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataReaderTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("a line without an end is not collected until the memory is full")
    void endlessLine() throws Exception {
        String head = "{\"type\":\"mooring-data\",\"format\":1}\n";
        Path file = Files.writeString(folder.resolve("long.ndjson"), head + "x".repeat(300));
        try (DataReader reader = DataReader.open(file, 200)) {
            assertThatThrownBy(reader::next)
                    .hasMessageStartingWith(file + " is damaged: line 2 has more than 200 bytes, longer than any.")
                    .hasMessageContaining("export again, or take another copy");
        }
    }
}
