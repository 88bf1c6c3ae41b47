package dev.mooring.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * An authority, and certificates by it for a server on 127.0.0.1 and localhost and for a client, as PEM files; made
 * with the keytool that every Java has. Each {@link #create} makes another authority, which the others don't trust.
 */
public final class TestCertificates implements AutoCloseable {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path folder;
    private final KeyStore keys;

    private TestCertificates(Path folder, KeyStore keys) {
        this.folder = folder;
        this.keys = keys;
    }

    public static TestCertificates create() {
        try {
            Path folder = TestProcesses.folder("mooring-certificates");
            Path store = folder.resolve("keys.p12");
            keytool(store, "ca", "-ext", "bc:c");
            keytool(store, "server", "-signer", "ca", "-ext", "san=ip:127.0.0.1,dns:localhost");
            keytool(store, "client", "-signer", "ca");
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(store)) {
                keys.load(in, PASSWORD);
            }
            TestCertificates certificates = new TestCertificates(folder, keys);
            certificates.write();
            return certificates;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static void keytool(Path store, String alias, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                alias,
                "-dname",
                "CN=" + alias));
        command.addAll(List.of(more));
        Path log = store.resolveSibling("keytool.log");
        Process keytool = TestProcesses.start(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        try {
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new AssertionError("keytool: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            TestProcesses.kill(keytool);
        }
    }

    private void write() throws IOException, GeneralSecurityException {
        for (String alias : List.of("ca", "server", "client")) {
            String certificate = pem("CERTIFICATE", keys.getCertificate(alias).getEncoded());
            Files.writeString(folder.resolve(alias + ".crt"), certificate);
            String key = pem("PRIVATE KEY", keys.getKey(alias, PASSWORD).getEncoded());
            Files.writeString(folder.resolve(alias + ".key"), key);
        }
    }

    private static String pem(String what, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n";
    }

    public Path authority() {
        return folder.resolve("ca.crt");
    }

    public Path serverCertificate() {
        return folder.resolve("server.crt");
    }

    public Path serverKey() {
        return folder.resolve("server.key");
    }

    public Path clientCertificate() {
        return folder.resolve("client.crt");
    }

    public Path clientKey() {
        return folder.resolve("client.key");
    }

    /** Trusts this authority, and shows the client's certificate. */
    public SSLSocketFactory socketFactory() {
        try {
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            KeyStore client = KeyStore.getInstance("PKCS12");
            client.load(null, null);
            client.setKeyEntry("client", keys.getKey("client", PASSWORD), PASSWORD, keys.getCertificateChain("client"));
            own.init(client, PASSWORD);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            KeyStore authority = KeyStore.getInstance("PKCS12");
            authority.load(null, null);
            authority.setCertificateEntry("ca", keys.getCertificate("ca"));
            trusted.init(authority);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        TestProcesses.delete(folder);
    }
}
