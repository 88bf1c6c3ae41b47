package dev.mooring.hazard;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/** TLS sockets with the certificates of the test resources; trusts "ca". */
final class TlsClient {
    static final Path FOLDER = Path.of("src/test/resources/dev/mooring/tls").toAbsolutePath();

    private final SSLContext context;

    /** @param certificate shown when it is asked for, or null */
    TlsClient(String certificate) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", certificate("ca"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new Shown(certificate)}, trust.getTrustManagers(), null);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Shows its certificate whatever authorities the server names. */
    private static final class Shown extends X509ExtendedKeyManager {
        private final String name;

        Shown(String name) {
            this.name = name;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return name != null && List.of(types).contains("EC") ? name : null;
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            try {
                return new X509Certificate[] {certificate(alias)};
            } catch (GeneralSecurityException | IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            try {
                return key(alias);
            } catch (GeneralSecurityException | IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    static String file(String name) {
        return FOLDER.resolve(name).toString().replace("\\", "/");
    }

    private static X509Certificate certificate(String name) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(FOLDER.resolve(name + ".pem"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static PrivateKey key(String name) throws GeneralSecurityException, IOException {
        String pem = Files.readString(FOLDER.resolve(name + ".key")).replaceAll("-----[^-]+-----|\\s", "");
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    }

    /** Not shaken hands yet. */
    SSLSocket socket(int port, String serverName, String... versions) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setSoTimeout(Peer.TIMEOUT_MS);
        SSLSocket socket = over(plain);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(serverName)));
        socket.setSSLParameters(parameters);
        if (versions.length > 0) {
            socket.setEnabledProtocols(versions);
        }
        return socket;
    }

    SSLSocket over(Socket plain) throws IOException {
        return (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    }

    /** Shaken hands; nothing of MQTT sent. */
    Peer open(int port) throws IOException {
        SSLSocket socket = socket(port, "localhost");
        socket.startHandshake();
        return Peer.over(socket);
    }

    /** The subject of the certificate that the server shows to who asks for this name, and has never been there. */
    static String shownTo(int port, String serverName) throws IOException {
        try (SSLSocket socket = new TlsClient(null).socket(port, serverName)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    /** Whether MQTT works on a connection: with TLS 1.3 a client hears of its refused certificate only then. */
    boolean isServed(int port) {
        try (Peer peer = open(port)) {
            peer.version(5);
            if (!peer.trySend(Bytes.Connect.of(5, "tls-client").bytes())) {
                return false;
            }
            Frame connack = peer.next();
            return connack != null && connack.reason() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
