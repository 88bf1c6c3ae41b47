package dev.mooring;

import java.util.List;

/**
 * Where a process of a test runs.
 *
 * @param address at which others reach it, IPv4
 * @param under what has to be in front of a command line for its process to run there
 */
public record TestHost(String address, List<String> under) {
    /** As nearly everything: reached by nobody else. */
    public static final TestHost LOOPBACK = new TestHost("127.0.0.1", List.of());

    public TestHost {
        under = List.copyOf(under);
    }
}
