package dev.mooring.peers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * How evenly the event loops of a Mooring ran up to now, and what its disk had to do; seconds.
 *
 * @param stalls turns that took longer than 10 ms
 * @param stalledS these together
 * @param withoutCoreS that event loops were ready to run and had no core
 * @param collectingS that the JVM collected garbage
 * @param fsyncs of the embedded store
 */
record Loops(double stalls, double stalledS, double withoutCoreS, double collectingS, double fsyncs) {
    static final String STALLS = "stalls over 10 ms";
    static final String STALLED = "s in stalls";
    static final String WITHOUT_CORE = "s of loops without a core";
    static final String COLLECTING = "s of GC";
    static final String FSYNCS = "fsyncs";

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    static Loops of(long pid, URI metrics) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(metrics).build();
        String text = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return new Loops(
                sum(text, "mooring_event_loop_stalls_total"),
                sum(text, "mooring_event_loop_stalled_seconds_total"),
                withoutCoreS(pid),
                sum(text, "jvm_gc_pause_seconds_sum"),
                sum(text, "mooring_store_fsyncs_total"));
    }

    private static double sum(String text, String metric) {
        double sum = 0;
        for (String line : text.split("\n")) {
            if (line.startsWith(metric + "{") || line.startsWith(metric + " ")) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    private static double withoutCoreS(long pid) throws IOException {
        long ns = 0;
        try (var threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                try {
                    if (Files.readString(thread.resolve("comm")).startsWith("vert.x-eventloo")) {
                        ns += Long.parseLong(
                                Files.readString(thread.resolve("schedstat")).split(" ")[1]);
                    }
                } catch (NoSuchFileException e) {
                    continue; // it has ended meanwhile
                }
            }
        }
        return ns / 1e9;
    }

    /** Adds what has come since {@code before}. */
    void addTo(Figures figures, Loops before) {
        figures.add(STALLS, stalls - before.stalls)
                .add(STALLED, stalledS - before.stalledS)
                .add(WITHOUT_CORE, withoutCoreS - before.withoutCoreS)
                .add(COLLECTING, collectingS - before.collectingS)
                .add(FSYNCS, fsyncs - before.fsyncs);
    }
}
