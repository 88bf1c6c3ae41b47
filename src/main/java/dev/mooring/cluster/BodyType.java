package dev.mooring.cluster;

/**
 * A kind of {@link LinkBody}.
 *
 * @param number on the wire, 1..255: 1..31 are this package's. One that does not know a number below {@link #OPTIONAL}
 *     ends the link, since something is missing then; above, it skips the body
 * @param name for people
 * @param since first version of the wire that has it
 */
public record BodyType(int number, String name, int since, Reader reader) {
    /** Bodies from this number on may be lost on those who don't know them. */
    public static final int OPTIONAL = 128;

    static final int NUMBER_MAX = 255;

    public BodyType {
        if (number < 1 || number > NUMBER_MAX || since < 1) {
            throw new IllegalArgumentException(name + " has number " + number + " since version " + since);
        }
    }

    public boolean isOptional() {
        return number >= OPTIONAL;
    }

    /** From bytes to a body. */
    @FunctionalInterface
    public interface Reader {
        /** Need not read to the end: newer fields stand there. */
        LinkBody read(BodyReader in, int version) throws Malformed;
    }
}
