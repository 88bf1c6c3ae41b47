package dev.mooring.mqtt;

import dev.mooring.config.Config;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates, keys and revocation list of one listener as they were read from their files. Immutable; reading
 * blocks.
 *
 * @param digest of all the files: another one when one of them has changed
 */
record TlsFiles(ServerSSLOptions options, String digest) {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final long WARN_MS = TimeUnit.DAYS.toMillis(14);

    /**
     * @throws IOException with a text for people when a file can't be read, or does not fit the others: while they are
     *     being replaced, a certificate may stand beside the key of another one
     */
    static TlsFiles read(Config.Tls tls, Vertx vertx) throws IOException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ServerSSLOptions options = new ServerSSLOptions();
            List<ServerCertificates.Entry> entries = new ArrayList<>();
            for (Config.Certificate one : tls.certificates()) {
                entries.add(entry(one, file(one.certfile(), sha256), file(one.keyfile(), sha256), vertx));
            }
            options.setKeyCertOptions(KeyCertOptions.wrap(new ServerCertificates(entries)));
            options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(tls.versions()));
            tls.ciphers().forEach(options::addEnabledCipherSuite);
            options.setSslHandshakeTimeout(tls.handshakeTimeoutS()).setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
            if (tls.verify() != Config.Verify.NONE) {
                options.setClientAuth(tls.verify() == Config.Verify.REQUIRE ? ClientAuth.REQUIRED : ClientAuth.REQUEST);
                options.setTrustOptions(new PemTrustOptions().addCertValue(file(tls.cacertfile(), sha256)));
                if (!tls.crlfile().isEmpty()) {
                    options.addCrlValue(file(tls.crlfile(), sha256));
                }
            }
            return new TlsFiles(options, java.util.HexFormat.of().formatHex(sha256.digest()));
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Buffer file(String name, MessageDigest digest) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(Path.of(name));
            digest.update((bytes.length + ":").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            digest.update(bytes);
            return Buffer.buffer(bytes);
        } catch (IOException e) {
            throw new IOException("can't read " + name + ": " + e, e);
        }
    }

    private static ServerCertificates.Entry entry(Config.Certificate files, Buffer certificate, Buffer key, Vertx vertx)
            throws IOException {
        ServerCertificates.Entry entry;
        try {
            PemKeyCertOptions pem =
                    new PemKeyCertOptions().setCertValue(certificate).setKeyValue(key);
            entry = entry((X509KeyManager) pem.getKeyManagerFactory(vertx).getKeyManagers()[0]);
            if (fit(entry)) {
                long leftMs = entry.chain()[0].getNotAfter().getTime() - System.currentTimeMillis();
                if (leftMs < WARN_MS) {
                    LOG.warn(
                            "the certificate in {} is good until {}", files.certfile(), entry.chain()[0].getNotAfter());
                }
                return entry;
            }
        } catch (Exception e) { // what parsing throws is not documented
            throw new IOException(files.certfile() + " or " + files.keyfile() + " is not as it should be: " + e, e);
        }
        throw new IOException(files.keyfile() + " is not the key of " + files.certfile());
    }

    private static ServerCertificates.Entry entry(X509KeyManager keys) throws GeneralSecurityException {
        for (String type : List.of("EC", "RSA", "EdDSA", "RSASSA-PSS")) {
            String[] aliases = keys.getServerAliases(type, null);
            if (aliases != null && aliases.length > 0) {
                return ServerCertificates.Entry.of(
                        keys.getCertificateChain(aliases[0]), keys.getPrivateKey(aliases[0]));
            }
        }
        throw new GeneralSecurityException("the key is neither of EC nor of RSA");
    }

    /** That the key is the certificate's: nothing else would say so before the first handshake fails. */
    private static boolean fit(ServerCertificates.Entry entry) throws GeneralSecurityException {
        String algorithm = switch (entry.key().getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> entry.key().getAlgorithm();
        };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(entry.key());
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(entry.chain()[0].getPublicKey());
        signature.update((byte) 1);
        return signature.verify(signed);
    }
}
