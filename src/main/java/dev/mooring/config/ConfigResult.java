package dev.mooring.config;

import java.util.List;

/** What reading gave: a configuration, or everything that is wrong with it. */
public sealed interface ConfigResult {
    record Valid(Config config, EffectiveConfig effective) implements ConfigResult {}

    /**
     * @param source file name or other name for people
     * @param errors at least one, in the file's order; then what comes from elsewhere
     */
    record Invalid(String source, List<ConfigError> errors) implements ConfigResult {
        public Invalid {
            errors = List.copyOf(errors);
        }

        /** All errors for people, a line each. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(source);
            text.append(errors.size() == 1 ? " has an error:" : " has " + errors.size() + " errors:");
            for (ConfigError error : errors) {
                text.append("\n  ").append(error);
            }
            return text.toString();
        }
    }
}
