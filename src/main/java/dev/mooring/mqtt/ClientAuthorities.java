package dev.mooring.mqtt;

import dev.mooring.config.Config;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The authorities whose clients a listener trusts, and what they have revoked, as they were read from their files.
 * Immutable; reading blocks. All of it is parsed here: Vert.x does so when it puts it in place, which is too late to
 * refuse it, and takes a file without any list for one that revokes nothing.
 *
 * @param revoked null when no lists are wanted
 */
record ClientAuthorities(Buffer trusted, @Nullable Buffer revoked) {
    /** @throws IOException with a text for people that names the file */
    static ClientAuthorities read(Config.Tls tls, Vertx vertx) throws IOException {
        Buffer trusted = CertificateFiles.bytes(tls.cacertfile());
        List<X509Certificate> authorities = authorities(tls.cacertfile(), trusted, vertx);
        if (tls.crlfile().isEmpty()) {
            return new ClientAuthorities(trusted, null);
        }
        Buffer revoked = CertificateFiles.bytes(tls.crlfile());
        Set<X500Principal> issuers = issuers(tls.crlfile(), revoked);
        Set<String> missing = new TreeSet<>();
        for (X509Certificate authority : authorities) {
            if (!issuers.contains(authority.getSubjectX500Principal())) {
                missing.add(authority.getSubjectX500Principal().getName());
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException(tls.crlfile() + " has no list of revoked certificates of "
                    + String.join(" and of ", missing) + ", whom " + tls.cacertfile() + " trusts");
        }
        return new ClientAuthorities(trusted, revoked);
    }

    private static List<X509Certificate> authorities(String name, Buffer pem, Vertx vertx) throws IOException {
        try {
            X509TrustManager trust = (X509TrustManager) new PemTrustOptions()
                    .addCertValue(pem)
                    .getTrustManagerFactory(vertx)
                    .getTrustManagers()[0];
            return List.of(trust.getAcceptedIssuers());
        } catch (Exception e) { // what parsing throws is not documented
            throw new IOException(name + " has no certificates that can be read: " + e, e);
        }
    }

    private static Set<X500Principal> issuers(String name, Buffer lists) throws IOException {
        Set<X500Principal> issuers = new HashSet<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (CRL list : factory.generateCRLs(new ByteArrayInputStream(lists.getBytes()))) {
                issuers.add(((X509CRL) list).getIssuerX500Principal());
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(name + " has a list of revoked certificates that can't be read: " + e, e);
        }
        if (issuers.isEmpty()) {
            throw new IOException(name + " has no list of revoked certificates (-----BEGIN X509 CRL-----)");
        }
        return issuers;
    }
}
