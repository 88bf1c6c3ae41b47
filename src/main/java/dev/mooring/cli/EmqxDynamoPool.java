package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;

/** A line {@code backend.dynamo.<pool>.<key>}. */
final class EmqxDynamoPool {
    private final ImportReport report;

    EmqxDynamoPool(ImportReport report) {
        this.report = report;
    }

    /** @param pointer of the pool, with a slash at its end */
    void take(Line line, ObjectNode pool, String key, String pointer) {
        String value = line.value();
        switch (key) {
            case "server", "region" -> text(line, pool, key, pointer);
            case "pool_size" -> {
                if (value.matches("[0-9]{1,9}")) {
                    pool.put(key, Integer.parseInt(value));
                    report.imported(line, pointer + key);
                } else {
                    report.refused(line, "not a number: " + value);
                }
            }
            case "aws_access_key_id", "aws_secret_access_key" -> {
                if (value.startsWith("<") && value.endsWith(">")) {
                    report.note(
                            line,
                            line.key() + " is a placeholder and left out: then the key comes from the AWS SDK's default"
                                    + " chain (environment, profile, role)");
                } else {
                    text(line, pool, key, pointer);
                    report.note(line, "the key is written as it stood; \"${ENV:NAME}\" or \"file:/path\" keep it out");
                }
            }
            case "aws_default_region" -> report.note(line, line.key() + " is left out: EMQX did not use it either");
            default -> report.refused(line, "there is nothing like it here");
        }
    }

    private void text(Line line, ObjectNode pool, String key, String pointer) {
        pool.put(key, line.value());
        report.imported(line, pointer + key);
    }
}
