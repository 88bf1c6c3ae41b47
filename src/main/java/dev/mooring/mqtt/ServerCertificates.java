package dev.mooring.mqtt;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of one listener, and which of them a client gets: the one that has the name it asks for, else the
 * first. Immutable, for all threads.
 *
 * <p>Vert.x can choose by name, too. It keeps a TLS context for every name that was asked for, which with a wildcard
 * certificate a client may make as many as it likes; and without a match it does not say which one is the first.
 */
final class ServerCertificates extends X509ExtendedKeyManager {
    private static final int DNS_NAME = 2;

    /** @param names in lower case, of its alternative names */
    record Entry(X509Certificate[] chain, PrivateKey key, List<String> names) {
        static Entry of(X509Certificate[] chain, PrivateKey key) throws CertificateParsingException {
            List<String> names = new ArrayList<>();
            Collection<List<?>> all = chain[0].getSubjectAlternativeNames();
            for (List<?> one : all == null ? List.<List<?>>of() : all) {
                if (one.get(0) instanceof Integer type && type == DNS_NAME) {
                    names.add(one.get(1).toString().toLowerCase(Locale.ROOT));
                }
            }
            return new Entry(chain, key, names);
        }

        private boolean has(String serverName) {
            int dot = serverName.indexOf('.');
            return names.contains(serverName) || (dot > 0 && names.contains("*" + serverName.substring(dot)));
        }
    }

    private final List<Entry> entries;

    /** @param entries at least one */
    ServerCertificates(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        int at = 0;
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    at = find(host.getAsciiName().toLowerCase(Locale.ROOT));
                }
            }
        }
        // Null for a kind of key that this one has not: then the engine asks for the next kind.
        return entries.get(at).key().getAlgorithm().equals(keyType) ? Integer.toString(at) : null;
    }

    private int find(String serverName) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).has(serverName)) {
                return i;
            }
        }
        return 0;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return entries.get(Integer.parseInt(alias)).chain().clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return entries.get(Integer.parseInt(alias)).key();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null; // only engines ask here
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }
}
