package dev.mooring.auth;

import io.vertx.core.Future;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Rows of a database's table that other programs write and the broker reads. Failures are texts for people. Safe for
 * all threads.
 *
 * @param open fails when the table can't be read; may be called again, then and later
 * @param row fields by name; empty when there is no such row
 */
public record Rows(Supplier<Future<Void>> open, Function<String, Future<Map<String, String>>> row, Runnable close) {}
