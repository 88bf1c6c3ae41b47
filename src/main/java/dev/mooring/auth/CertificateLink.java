package dev.mooring.auth;

import io.vertx.core.Future;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** Knows clients by the certificate that TLS has found good. The user name of CONNECT does not count then. */
public final class CertificateLink implements Link {
    /** Which name of a certificate is the user name; the numbers are those of RFC 5280 §4.2.1.6. */
    public enum Name {
        CN(-1),
        SUBJECT(-1),
        EMAIL(1),
        DNS(2),
        URI(6);

        private final int type;

        Name(int type) {
            this.type = type;
        }
    }

    private final Name from;

    public CertificateLink(Name from) {
        this.from = from;
    }

    @Override
    public Future<Verdict> check(Credentials c, Passwords passwords) {
        String name = c.certificate() == null ? null : name(c.certificate(), from);
        boolean usable = name != null && !name.isEmpty() && name.chars().noneMatch(Character::isISOControl);
        return Future.succeededFuture(usable ? new Verdict.Allow(new Identity(name, true)) : Verdict.IGNORE);
    }

    /** Null when the certificate has no such name. Of several the first one; of CNs the most specific. */
    static @Nullable String name(X509Certificate certificate, Name from) {
        String subject = certificate.getSubjectX500Principal().getName();
        try {
            return switch (from) {
                case SUBJECT -> subject;
                case CN -> commonName(subject);
                case EMAIL, DNS, URI -> alternative(certificate.getSubjectAlternativeNames(), from.type);
            };
        } catch (InvalidNameException | CertificateParsingException e) {
            return null;
        }
    }

    private static @Nullable String commonName(String subject) throws InvalidNameException {
        String name = null;
        for (Rdn rdn : new LdapName(subject).getRdns()) { // from the least specific on
            if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String text) {
                name = text;
            }
        }
        return name;
    }

    private static @Nullable String alternative(@Nullable Collection<List<?>> names, int type) {
        if (names != null) {
            for (List<?> one : names) {
                if (Integer.valueOf(type).equals(one.get(0)) && one.get(1) instanceof String text) {
                    return text;
                }
            }
        }
        return null;
    }
}
