package dev.mooring.rule;

import dev.mooring.store.dynamodb.Table;
import java.util.List;

/** What is known of the tables that rules may name. */
public final class RuleTables {
    private RuleTables() {}

    /** Whether it is the broker's own, which others leave alone. */
    public static boolean isOurs(String table) {
        return table.startsWith("mooring_");
    }

    /** Attributes of the key of a documented table, all of them texts; empty for other tables. */
    public static List<String> key(String table) {
        for (Table known : Table.values()) {
            if (known.name("").equals(table)) {
                String range = known.range();
                return range == null ? List.of(known.hash()) : List.of(known.hash(), range);
            }
        }
        return List.of();
    }
}
