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
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authorities whose clients a listener trusts, and what they have revoked, as they were read from their files.
 * Immutable; reading blocks. All of it is parsed here: Vert.x does so when it puts it in place, which is too late to
 * refuse it, takes a file without any list for one that revokes nothing, and asks for neither signature nor date.
 *
 * @param revoked null when no lists are wanted
 */
record ClientAuthorities(Buffer trusted, @Nullable Buffer revoked) {
    private static final Logger LOG = LoggerFactory.getLogger(ClientAuthorities.class);

    /** @throws IOException with a text for people that names the file */
    static ClientAuthorities read(Config.Tls tls, Vertx vertx) throws IOException {
        Buffer trusted = CertificateFiles.bytes(tls.cacertfile());
        List<X509Certificate> authorities = authorities(tls.cacertfile(), trusted, vertx);
        if (tls.crlfile().isEmpty()) {
            return new ClientAuthorities(trusted, null);
        }
        Buffer revoked = CertificateFiles.bytes(tls.crlfile());
        List<X509CRL> lists = lists(tls.crlfile(), revoked);
        Set<String> missing = new TreeSet<>();
        for (X509Certificate authority : authorities) {
            List<X509CRL> of = lists.stream()
                    .filter(list -> list.getIssuerX500Principal().equals(authority.getSubjectX500Principal()))
                    .toList();
            if (of.isEmpty()) {
                missing.add(authority.getSubjectX500Principal().getName());
            }
            for (X509CRL list : of) {
                check(list, authorities, tls);
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException(tls.crlfile() + " has no list of revoked certificates of "
                    + String.join(" and of ", missing) + ", whom " + tls.cacertfile() + " trusts");
        }
        return new ClientAuthorities(trusted, revoked);
    }

    /** One that is forged is refused; one that is late is used: who was revoked still is, and the others get in. */
    private static void check(X509CRL list, List<X509Certificate> authorities, Config.Tls tls) throws IOException {
        String issuer = list.getIssuerX500Principal().getName();
        if (authorities.stream().noneMatch(authority -> isSigned(list, authority))) {
            throw new IOException(tls.crlfile() + " has a list of revoked certificates in the name of " + issuer
                    + " that no key of " + tls.cacertfile() + " has signed: take the list from the authority itself");
        }
        Date next = list.getNextUpdate();
        if (next != null && next.getTime() < System.currentTimeMillis()) {
            LOG.error(
                    "the list of {} in {} should have been replaced by {}: it is used, but who was revoked since"
                            + " gets in",
                    issuer,
                    tls.crlfile(),
                    next.toInstant());
        }
    }

    private static boolean isSigned(X509CRL list, X509Certificate authority) {
        try {
            list.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) { // also a key of another kind
            return false;
        }
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

    private static List<X509CRL> lists(String name, Buffer text) throws IOException {
        List<X509CRL> lists = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (CRL list : factory.generateCRLs(new ByteArrayInputStream(text.getBytes()))) {
                lists.add((X509CRL) list);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(name + " has a list of revoked certificates that can't be read: " + e, e);
        }
        if (lists.isEmpty()) {
            throw new IOException(name + " has no list of revoked certificates (-----BEGIN X509 CRL-----)");
        }
        return lists;
    }
}
