package dev.mooring.trace;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traces of a node. Loops ask {@link #active} and, if it is not null, tell {@link #event}: while nobody traces,
 * that is one read of a field. Everything else blocks, and is for one worker thread at a time.
 */
public final class Traces {
    /** Traces that are kept, running or not. */
    public static final int COUNT_MAX = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Traces.class);

    private final Path folder;
    private final Map<String, Trace> all = Collections.synchronizedMap(new LinkedHashMap<>());
    private volatile Trace @Nullable [] active;

    /** @param folder of their files; made with the first of them */
    public Traces(Path folder) {
        this.folder = folder;
    }

    /** Null while nothing is traced. */
    public Trace @Nullable [] active() {
        return active;
    }

    /**
     * Something happened that a trace may want. On any loop.
     *
     * @param traces what {@link #active} gave
     * @param address of the peer, without the port
     * @param topic of the message that the event is about, or null
     * @param what said of the event, besides time, client and address
     */
    public static void event(
            Trace[] traces, String clientId, String address, @Nullable String topic, String event, JsonObject what) {
        String line = null;
        for (Trace trace : traces) {
            if (trace.wants(clientId, address, topic)) {
                if (line == null) {
                    line = new JsonObject()
                            .put("time", Instant.now().toString())
                            .put("clientid", clientId)
                            .put("address", address)
                            .put("event", event)
                            .mergeIn(what)
                            .encode();
                }
                trace.add(line);
            }
        }
    }

    public List<Trace> list() {
        synchronized (all) {
            return List.copyOf(all.values());
        }
    }

    public @Nullable Trace get(String name) {
        return all.get(name);
    }

    public boolean isRunning(Trace trace) {
        Trace[] running = active;
        return running != null && List.of(running).contains(trace);
    }

    public Path file(Trace trace) {
        return folder.resolve(trace.name() + ".jsonl");
    }

    /** False when there is one of this name, or too many. */
    public boolean start(Trace trace) throws IOException {
        if (all.size() >= COUNT_MAX || all.containsKey(trace.name())) {
            return false;
        }
        Files.createDirectories(folder);
        Files.deleteIfExists(file(trace)); // of an earlier run of the broker
        Files.createFile(file(trace), ownerOnly());
        all.put(trace.name(), trace);
        List<Trace> running = running();
        running.add(trace);
        active = running.toArray(new Trace[0]);
        return true;
    }

    private FileAttribute<?>[] ownerOnly() {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute[0];
    }

    private List<Trace> running() {
        Trace[] running = active;
        return running == null ? new ArrayList<>() : new ArrayList<>(List.of(running));
    }

    /** What has come until now is written. */
    public void stop(Trace trace) {
        List<Trace> running = running();
        if (running.remove(trace)) {
            active = running.isEmpty() ? null : running.toArray(new Trace[0]);
            write(trace);
        }
    }

    public void delete(Trace trace) throws IOException {
        stop(trace);
        all.remove(trace.name());
        Files.deleteIfExists(file(trace));
    }

    /** Every now and then: writes what has come, and ends those whose time or room is over. */
    public void write() {
        for (Trace trace : running()) {
            write(trace);
            if (trace.isOver(System.currentTimeMillis())) {
                stop(trace);
            }
        }
    }

    public void close() {
        running().forEach(this::stop);
    }

    private void write(Trace trace) {
        String line = trace.poll();
        if (line == null) {
            return;
        }
        try (Writer out = Files.newBufferedWriter(file(trace), StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
            for (; line != null; line = trace.poll()) {
                long size = line.getBytes(StandardCharsets.UTF_8).length + 1;
                if (size > trace.room()) {
                    trace.wrote(trace.room()); // full: what follows must not fill the gap, out of order
                    trace.lose();
                } else {
                    out.append(line).append('\n');
                    trace.wrote(size);
                }
            }
        } catch (IOException e) {
            LOG.warn("trace {} can't be written, and ends: {}", trace.name(), e.toString());
            List<Trace> running = running();
            running.remove(trace);
            active = running.isEmpty() ? null : running.toArray(new Trace[0]);
        }
    }
}
