package dev.mooring.mqtt;

import dev.mooring.config.Config;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The certificates, keys and revocation lists of one listener as they were read from their files. Immutable; reading
 * blocks.
 *
 * @param digest of all the files: another one when one of them has changed
 */
record TlsFiles(ServerSSLOptions options, String digest) {
    /** @throws IOException with a text for people when a file can't be read, or does not fit the others */
    static TlsFiles read(Config.Tls tls, Vertx vertx) throws IOException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ServerSSLOptions options = new ServerSSLOptions();
            List<ServerCertificates.Entry> entries = new ArrayList<>();
            for (Config.Certificate one : tls.certificates()) {
                CertificateFiles files = CertificateFiles.read(one.certfile(), one.keyfile(), vertx);
                digest(files.pem().getCertValue(), sha256);
                digest(files.pem().getKeyValue(), sha256);
                entries.add(ServerCertificates.Entry.of(files.chain().toArray(X509Certificate[]::new), files.key()));
            }
            options.setKeyCertOptions(KeyCertOptions.wrap(new ServerCertificates(entries)));
            options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(tls.versions()));
            tls.ciphers().forEach(options::addEnabledCipherSuite);
            options.setSslHandshakeTimeout(tls.handshakeTimeoutS()).setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
            if (tls.verify() != Config.Verify.NONE) {
                ClientAuthorities authorities = ClientAuthorities.read(tls, vertx);
                options.setClientAuth(tls.verify() == Config.Verify.REQUIRE ? ClientAuth.REQUIRED : ClientAuth.REQUEST);
                options.setTrustOptions(new PemTrustOptions().addCertValue(authorities.trusted()));
                digest(authorities.trusted(), sha256);
                Buffer revoked = authorities.revoked();
                if (revoked != null) {
                    options.addCrlValue(revoked);
                    digest(revoked, sha256);
                }
            }
            return new TlsFiles(options, HexFormat.of().formatHex(sha256.digest()));
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void digest(Buffer file, MessageDigest sha256) {
        sha256.update((file.length() + ":").getBytes(StandardCharsets.US_ASCII));
        sha256.update(file.getBytes());
    }
}
