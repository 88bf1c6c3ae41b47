package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;
import dev.mooring.config.ConfigReader;
import dev.mooring.config.ConfigResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From {@code emqx_backend_redis.conf} or {@code emqx_backend_dynamo.conf} of EMQX Enterprise 3 and 4 to our form. The
 * broker's own state goes into an embedded store, as EMQX's does.
 *
 * <p>A line is a key, {@code =}, and a value up to the end of the line; lines that begin with {@code #} are comments.
 */
final class EmqxImport {
    private final ImportReport report = new ImportReport();
    private final ObjectNode conf = JsonNodeFactory.instance.objectNode();
    private final List<Line> lines = new ArrayList<>();
    private final EmqxPools pools;
    private final EmqxRules rules;

    EmqxImport(String text) {
        read(text);
        pools = new EmqxPools(lines, report);
        rules = new EmqxRules(pools, report);
        lines.forEach(this::take);
        String own = pools.putInto(conf.putObject("pools"));
        conf.putObject("session").put("pool", own);
        rules.putInto(conf.putObject("hooks"));
        check();
    }

    ObjectNode conf() {
        return conf;
    }

    ImportReport report() {
        return report;
    }

    private void read(String text) {
        Map<String, Line> byKey = new HashMap<>();
        int number = 0;
        for (String raw : text.split("\\R", -1)) {
            number++;
            String line = raw.replace("\uFEFF", "").strip();
            int end = line.indexOf('=');
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (end < 0) {
                report.refused(new Line(number, "", ""), "not a line of the form key = value");
                continue;
            }
            Line parsed = new Line(
                    number,
                    line.substring(0, end).strip(),
                    line.substring(end + 1).strip());
            Line first = byKey.put(parsed.key(), parsed);
            if (first != null) {
                lines.remove(first);
                report.refused(first, "line " + number + " says it again, and the last one counts");
            }
            lines.add(parsed);
        }
    }

    private void take(Line line) {
        List<String> keys = List.of(line.key().split("\\.", -1));
        String backend = keys.size() < 3 || !keys.get(0).equals("backend") ? "" : EmqxPools.backend(keys.get(1));
        if (backend.isEmpty()) {
            report.refused(line, "only backend.redis.* and backend.dynamo.* are known here");
        } else if (keys.get(2).equals("hook")) {
            rules.take(line, backend, keys.subList(3, keys.size()));
        } else if (keys.subList(2, keys.size()).equals(List.of("msg", "expired_after"))) {
            rules.expiredAfter(line, backend);
        } else if (keys.size() == 3 && backend.equals("dynamodb") && keys.get(2).equals("region")) {
            pools.region(line);
        } else if (keys.size() == 3) {
            report.refused(line, "the pool's name is missing, as in backend." + keys.get(1) + ".pool1." + keys.get(2));
        } else {
            pools.take(line, backend, keys.get(2), String.join(".", keys.subList(3, keys.size())));
        }
    }

    /** What was put together has to be a configuration; if it is not, the file said something that no line shows. */
    private void check() {
        ConfigResult result = new ConfigReader().parse(JsonText.of(conf));
        if (result instanceof ConfigResult.Invalid invalid) {
            invalid.errors().forEach(e -> report.refused(Line.WHOLE, e.pointer() + ": " + e.message()));
        }
    }
}
