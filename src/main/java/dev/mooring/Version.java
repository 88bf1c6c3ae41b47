package dev.mooring;

/** The version that the build wrote into the manifest. */
public final class Version {
    private Version() {}

    /** For example {@code 0.1.0}; {@code development} outside the packaged jar. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
