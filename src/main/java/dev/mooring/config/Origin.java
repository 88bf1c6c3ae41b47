package dev.mooring.config;

/**
 * Where a value of the configuration comes from.
 *
 * @param name what a person would look for: the variable's, property's or argument's name; of the file its own
 * @param line in the file, from 1; 0 when it is not there
 */
public record Origin(Layer layer, String name, int line) {
    static final Origin DEFAULT = new Origin(Layer.DEFAULT, "", 0);

    /** Later ones win. */
    public enum Layer {
        DEFAULT,
        FILE,
        ENVIRONMENT,
        PROPERTY,
        ARGUMENT
    }

    /** For people, as {@code conf.json:12} or {@code --set /loops}. */
    public String text() {
        return switch (layer) {
            case DEFAULT -> "default";
            case FILE -> line > 0 ? name + ":" + line : name;
            case ENVIRONMENT -> name + " in the environment";
            case PROPERTY -> "-D" + name;
            case ARGUMENT -> "--set " + name;
        };
    }

    /** Before an error, where the file has been named already; empty for the file as a whole. */
    String place() {
        return switch (layer) {
            case DEFAULT -> "";
            case FILE -> line > 0 ? "line " + line : "";
            default -> text();
        };
    }
}
