package dev.mooring.config;

import java.util.List;

/**
 * What came of a reload.
 *
 * @param changed pointers of what counts from now on, or should
 * @param restart pointers of what the file has otherwise than the broker, and what needs a restart
 * @param errors why it was refused, or could not be put in place as a whole; empty when it could
 * @param hash of the configuration that counts now, see {@link EffectiveConfig#hash}
 */
public record ReloadOutcome(
        Result result, List<String> changed, List<String> restart, List<ConfigError> errors, String hash) {
    public enum Result {
        APPLIED,
        /** Nothing is otherwise than it was read before. */
        UNCHANGED,
        /**
         * It was begun with and could not be ended: neither this configuration counts as a whole nor the one before.
         */
        PARTLY,
        /** Nothing has changed. */
        REFUSED
    }

    public ReloadOutcome {
        changed = List.copyOf(changed);
        restart = List.copyOf(restart);
        errors = List.copyOf(errors);
        Config.require(
                (result == Result.REFUSED || result == Result.PARTLY) != errors.isEmpty(), "errors of " + result);
    }
}
