package dev.mooring.mqtt;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate and its key as they were read from their files. Immutable; reading blocks.
 *
 * @param pem both, as they stood there
 * @param chain the certificate first
 */
public record CertificateFiles(PemKeyCertOptions pem, List<X509Certificate> chain, PrivateKey key) {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);
    private static final long WARN_MS = TimeUnit.DAYS.toMillis(14);

    /**
     * @throws IOException with a text for people that names the file: one can't be read, or they don't fit each other,
     *     as while they are being replaced
     */
    public static CertificateFiles read(String certfile, String keyfile, Vertx vertx) throws IOException {
        PemKeyCertOptions pem =
                new PemKeyCertOptions().setCertValue(bytes(certfile)).setKeyValue(bytes(keyfile));
        try {
            X509KeyManager keys =
                    (X509KeyManager) pem.getKeyManagerFactory(vertx).getKeyManagers()[0];
            String alias = alias(keys);
            CertificateFiles read =
                    new CertificateFiles(pem, List.of(keys.getCertificateChain(alias)), keys.getPrivateKey(alias));
            if (read.fit()) {
                read.warn(certfile);
                return read;
            }
        } catch (Exception e) { // what parsing throws is not documented
            throw new IOException(certfile + " or " + keyfile + " is not as it should be: " + e, e);
        }
        throw new IOException(keyfile + " is not the key of " + certfile);
    }

    /** @throws IOException with a text for people */
    static Buffer bytes(String name) throws IOException {
        try {
            return Buffer.buffer(Files.readAllBytes(Path.of(name)));
        } catch (IOException e) {
            throw new IOException("can't read " + name + ": " + e, e);
        }
    }

    private static String alias(X509KeyManager keys) throws GeneralSecurityException {
        for (String type : List.of("EC", "RSA", "EdDSA", "RSASSA-PSS")) {
            String[] aliases = keys.getServerAliases(type, null);
            if (aliases != null && aliases.length > 0) {
                return aliases[0];
            }
        }
        throw new GeneralSecurityException("the key is neither of EC nor of RSA");
    }

    /** That the key is the certificate's: nothing else would say so before the first handshake fails. */
    private boolean fit() throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(chain.get(0).getPublicKey());
        signature.update((byte) 1);
        return signature.verify(signed);
    }

    private void warn(String certfile) {
        long leftMs = chain.get(0).getNotAfter().getTime() - System.currentTimeMillis();
        if (leftMs < WARN_MS) {
            LOG.warn(
                    "the certificate in {} is good until {}",
                    certfile,
                    chain.get(0).getNotAfter());
        }
    }
}
