package dev.mooring.data;

import java.io.IOException;
import java.nio.file.Path;

/** Writes all that a store holds into a file, page by page. */
public final class Export {
    private Export() {}

    /**
     * @param counts of the lines
     * @param onLine clients that rules have noted as on line, which is not written
     */
    public record Done(Counts counts, long onLine) {}

    /**
     * @param withState whether the store can be asked for the broker's own state
     * @param version of this program
     * @throws IOException when the file cannot be written; then it is not there
     */
    public static Done run(OpenStore store, boolean withState, Path file, String pool, String version)
            throws IOException, Unusable {
        try (DataWriter writer = DataWriter.create(file, pool, version)) {
            Walk walk = new Walk(store, (type, line, bytes) -> writer.line(type, line));
            walk.run(withState);
            return new Done(writer.finish(), walk.onLine());
        }
    }
}
