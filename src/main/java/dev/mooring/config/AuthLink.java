package dev.mooring.config;

import dev.mooring.auth.CertificateLink;

/** One way to know clients. Sealed, so that whoever makes them has to know every kind. */
public sealed interface AuthLink {
    /** Unique in its chain. */
    String name();

    /** {@link AuthConfig#users}. */
    record Users(String name) implements AuthLink {}

    /** @param reloadS 0 when the file is read once */
    record PasswordFile(String name, String file, int reloadS) implements AuthLink {}

    record ClientCertificate(String name, CertificateLink.Name username) implements AuthLink {}
}
