package dev.mooring.cli;

/** What the process ends with. The numbers from 64 on are those of BSD's sysexits.h. */
public final class ExitCode {
    public static final int OK = 0;
    /** The command did its work, and what it looked at is not as it should be. */
    public static final int FOUND = 1;
    /** Wrong arguments. */
    public static final int USAGE = 64;
    /** A file that cannot be read. */
    public static final int NO_INPUT = 66;
    /** The broker could not start: a port is taken, a store cannot be opened. */
    public static final int UNAVAILABLE = 69;
    /** A bug in Mooring. */
    public static final int SOFTWARE = 70;
    /** A file that cannot be written. */
    public static final int CANNOT_CREATE = 73;
    /** A configuration with mistakes. */
    public static final int CONFIG = 78;

    private ExitCode() {}
}
