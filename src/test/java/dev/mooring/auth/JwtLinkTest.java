package dev.mooring.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JwtLinkTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final JwtLink.Settings PLAIN = new JwtLink.Settings(false, Map.of(), "sub", "acl", "root");

    @TempDir
    Path folder;

    private Vertx vertx;
    private Hashing hashing;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        hashing = new Hashing(vertx);
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private static JWTClaimsSet.Builder ann() {
        return new JWTClaimsSet.Builder().subject("ann");
    }

    private static String signed(JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet claims)
            throws Exception {
        SignedJWT token =
                new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
        token.sign(signer);
        return token.serialize();
    }

    private static String hmac(JWTClaimsSet claims) throws Exception {
        return signed(JWSAlgorithm.HS256, null, new MACSigner(SECRET.getBytes(UTF_8)), claims);
    }

    private JwtLink secret(JwtLink.Settings settings) {
        JwtLink link = new JwtLink(settings, JwtKeys.secret(vertx, SECRET), hashing);
        link.open().await();
        return link;
    }

    private Verdict check(JwtLink link, String username, String token) {
        Passwords passwords = new Passwords(hashing, PasswordHash::matches, () -> 1);
        Promise<Verdict> promise = Promise.promise();
        Credentials shown = new Credentials("c1", username, token == null ? null : token.getBytes(UTF_8));
        vertx.getOrCreateContext()
                .runOnContext(v -> link.check(shown, passwords).onComplete(promise));
        return promise.future().await();
    }

    private static Identity allowed(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Allow.class);
        return ((Verdict.Allow) verdict).identity();
    }

    private static void assertDenied(Verdict verdict, String text) {
        assertThat(verdict).isInstanceOfSatisfying(Verdict.Deny.class, deny -> {
            assertThat(deny.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED);
            assertThat(deny.text()).contains(text);
        });
    }

    @Test
    void aTokenSaysWhoUntilWhenAndWhat() throws Exception {
        Date end = new Date(System.currentTimeMillis() / 1000 * 1000 + 60_000);
        JWTClaimsSet claims = ann().expirationTime(end)
                .claim("root", true)
                .claim("acl", List.of(Map.of("permission", "allow", "action", "publish", "topic", "a/%c")))
                .build();
        Identity identity = allowed(check(secret(PLAIN), "whoever", hmac(claims)));
        assertThat(identity)
                .isEqualTo(new Identity(
                        "ann", true, true, List.of(AclRule.of(true, AclRule.Action.PUBLISH, "a/%c")), end.getTime()));
        assertThat(allowed(check(secret(PLAIN), null, hmac(ann().build())))).isEqualTo(new Identity("ann", true));
        Identity nameless = allowed(check(secret(PLAIN), "claimed", hmac(new JWTClaimsSet.Builder().build())));
        assertThat(nameless).isEqualTo(Identity.ANONYMOUS);
    }

    @Test
    void theShortFormOfRules() throws Exception {
        JWTClaimsSet claims = ann().claim("acl", Map.of("pub", List.of("p"), "sub", List.of(), "all", List.of("a/#")))
                .build();
        assertThat(allowed(check(secret(PLAIN), null, hmac(claims))).rules())
                .containsExactlyInAnyOrder(
                        AclRule.of(true, AclRule.Action.PUBLISH, "p"), AclRule.of(true, AclRule.Action.ALL, "a/#"));
    }

    @Test
    void rulesThatAreWrongAreNoFreedom() throws Exception {
        for (Object acl : List.of("all", List.of("a"), Map.of("write", List.of("a")), List.of(Map.of("topic", "a")))) {
            assertDenied(check(secret(PLAIN), null, hmac(ann().claim("acl", acl).build())), "the claim acl: ");
        }
    }

    @Test
    void timesCount() throws Exception {
        long now = System.currentTimeMillis();
        assertDenied(
                check(
                        secret(PLAIN),
                        null,
                        hmac(ann().expirationTime(new Date(now - 60_000)).build())),
                "Expired JWT");
        assertDenied(
                check(
                        secret(PLAIN),
                        null,
                        hmac(ann().notBeforeTime(new Date(now + 60_000)).build())),
                "before use time");
    }

    @Test
    void claimsHaveToFitWhatIsShown() throws Exception {
        JwtLink link = secret(new JwtLink.Settings(
                false,
                Map.of("sub", new Template("${username}"), "cid", new Template("%c"), "aud", new Template("mqtt")),
                "",
                "",
                ""));
        JWTClaimsSet.Builder good = ann().claim("cid", "c1").audience(List.of("web", "mqtt"));
        assertThat(allowed(check(link, "ann", hmac(good.build())))).isEqualTo(new Identity("ann", true));
        assertDenied(check(link, "bob", hmac(good.build())), "the claim sub is not as it should be");
        assertDenied(check(link, null, hmac(good.build())), "the claim sub");
        assertDenied(check(link, "ann", hmac(good.claim("cid", "c2").build())), "the claim cid");
        assertDenied(
                check(link, "ann", hmac(good.claim("cid", "c1").audience("web").build())), "the claim aud");
        assertDenied(check(link, "${username}", hmac(good.audience("mqtt").build())), "the claim sub");
    }

    @Test
    void whatIsNoTokenIsLeftToOthers() {
        for (String password : new String[] {null, "", "secret", "a.b", "a.b.c", "....", "x".repeat(100_000) + "."}) {
            assertThat(check(secret(PLAIN), "ann", password)).as(password).isEqualTo(Verdict.IGNORE);
        }
        assertThat(check(secret(PLAIN), "ann", new PlainJWT(ann().build()).serialize()))
                .as("a token without signature is none")
                .isEqualTo(Verdict.IGNORE);
    }

    @Test
    void signaturesAndAlgorithms() throws Exception {
        RSAKey rsa = new RSAKeyGenerator(2048).keyID("r").generate();
        ECKey ec = new ECKeyGenerator(Curve.P_256).keyID("e").generate();
        Path set = Files.writeString(folder.resolve("set.json"), new JWKSet(List.of(rsa, ec)).toString());
        JwtLink link = new JwtLink(PLAIN, JwtKeys.file(vertx, set, 0), hashing);
        link.open().await();
        for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS384, JWSAlgorithm.RS512)) {
            allowed(check(link, null, signed(algorithm, "r", new RSASSASigner(rsa), ann().build())));
        }
        String good = signed(JWSAlgorithm.ES256, "e", new ECDSASigner(ec), ann().build());
        allowed(check(link, null, good));
        String[] parts = good.split("\\.");
        String other = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"sub\":\"root\"}".getBytes(UTF_8));
        assertDenied(check(link, null, parts[0] + "." + other + "." + parts[2]), "Invalid signature");
        assertDenied(
                check(
                        link,
                        null,
                        signed(
                                JWSAlgorithm.ES256,
                                "e",
                                new ECDSASigner(new ECKeyGenerator(Curve.P_256).generate()),
                                ann().build())),
                "Invalid signature");
        byte[] publicKey = rsa.toRSAPublicKey().getEncoded();
        String confused = signed(JWSAlgorithm.HS256, "r", new MACSigner(publicKey), ann().build());
        assertDenied(check(link, null, confused), "no matching key");
        assertDenied(check(secret(PLAIN), null, good), "no matching key");
    }

    @Test
    void aPublicKeyInAFile() throws Exception {
        RSAKey rsa = new RSAKeyGenerator(2048).generate();
        JwtLink link = publicKey(pem(rsa.toRSAPublicKey().getEncoded()));
        allowed(check(link, null, signed(JWSAlgorithm.RS256, null, new RSASSASigner(rsa), ann().build())));
    }

    @Test
    void aPublicKeyOfEcInAFileOrInACertificate() throws Exception {
        for (Curve curve : List.of(Curve.P_256, Curve.P_384)) {
            ECKey ec = new ECKeyGenerator(curve).generate();
            JWSAlgorithm algorithm = curve.equals(Curve.P_256) ? JWSAlgorithm.ES256 : JWSAlgorithm.ES384;
            JwtLink link = publicKey(pem(ec.toECPublicKey().getEncoded()));
            allowed(check(link, null, signed(algorithm, null, new ECDSASigner(ec), ann().build())));
            ECKey other = new ECKeyGenerator(curve).generate();
            assertDenied(
                    check(link, null, signed(algorithm, null, new ECDSASigner(other), ann().build())),
                    "Invalid signature");
            assertDenied(check(link, null, hmac(ann().build())), "no matching key");
        }
        Path tls = Path.of("src/test/resources/dev/mooring/tls");
        String key = Files.readString(tls.resolve("ann.key")).replaceAll("-----[^-]+-----|\\s", "");
        PrivateKey ann = KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key)));
        JwtLink certified = publicKey(Files.readString(tls.resolve("ann.pem")));
        String token = signed(JWSAlgorithm.ES256, null, new ECDSASigner(ann, Curve.P_256), ann().build());
        allowed(check(certified, null, token));
    }

    private static String pem(byte[] der) {
        return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END PUBLIC KEY-----\n";
    }

    private JwtLink publicKey(String text) throws Exception {
        Path file = Files.writeString(folder.resolve("key.pem"), text);
        JwtLink link = new JwtLink(PLAIN, JwtKeys.publicKey(vertx, file, 0), hashing);
        link.open().await();
        return link;
    }

    @Test
    void filesWithoutAKeyThatCouldBeUsedAreRefusedWithWhatIsWanted() throws Exception {
        String wanted = "key.pem: not a PEM file with a public key, or a certificate, of RSA or EC";
        byte[] ed25519 = KeyPairGenerator.getInstance("Ed25519")
                .generateKeyPair()
                .getPublic()
                .getEncoded();
        String half = Files.readString(Path.of("src/test/resources/dev/mooring/tls/ann.pem"))
                .substring(0, 100);
        for (String text : new String[] {"", "nonsense", pem(new byte[20]), pem(ed25519), half}) {
            assertThatThrownBy(() -> publicKey(text)).hasMessageEndingWith(wanted);
        }
        for (String keys : new String[] {"[]", "[{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": \"AAAA\"}]"}) {
            Path set = Files.writeString(folder.resolve("set.json"), "{\"keys\": " + keys + "}");
            assertThatThrownBy(() -> JwtKeys.file(vertx, set, 0).open().await())
                    .hasMessage("keys of tokens from " + set + ": there is no key of RSA, EC or HMAC in it");
        }
        assertThatThrownBy(() -> JwtKeys.file(vertx, folder.resolve("none.json"), 0)
                        .open()
                        .await())
                .hasMessageStartingWith("keys of tokens from ")
                .hasMessageEndingWith("none.json: there is no such file");
    }

    @Test
    void keysOfAUrlAreLoadedAgainForAKeyThatIsNew() throws Exception {
        ECKey one = new ECKeyGenerator(Curve.P_256).keyID("1").generate();
        ECKey two = new ECKeyGenerator(Curve.P_256).keyID("2").generate();
        AtomicReference<String> answer = new AtomicReference<>("not a set");
        AtomicInteger status = new AtomicInteger(200);
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(r -> {
                    asked.incrementAndGet();
                    r.response().setStatusCode(status.get()).end(answer.get());
                })
                .listen(0, "127.0.0.1")
                .await();
        String url = "http://127.0.0.1:" + server.actualPort() + "/keys";
        HttpFetch fetch = new HttpFetch(vertx, url, Map.of(), "", 5_000, 2);
        JwtLink link = new JwtLink(PLAIN, JwtKeys.url(vertx, url, fetch, 50), hashing);
        assertThatThrownBy(() -> link.open().await()).hasMessageContaining(url + ": not a JSON Web Key Set");
        assertThat(check(link, null, signed(JWSAlgorithm.ES256, "1", new ECDSASigner(one), ann().build())))
                .isInstanceOfSatisfying(
                        Verdict.Deny.class, deny -> assertThat(deny.reason()).isEqualTo(ReasonCode.SERVER_UNAVAILABLE));
        status.set(500);
        assertThatThrownBy(() -> link.open().await()).hasMessageContaining("it answers 500");
        status.set(200);
        answer.set(new JWKSet(one.toPublicJWK()).toString());
        link.open().await();
        String old = signed(JWSAlgorithm.ES256, "1", new ECDSASigner(one), ann().build());
        String young = signed(JWSAlgorithm.ES256, "2", new ECDSASigner(two), ann().build());
        allowed(check(link, null, old));
        assertDenied(check(link, null, young), "no matching key");
        answer.set(new JWKSet(List.of(one.toPublicJWK(), two.toPublicJWK())).toString());
        await().until(() -> check(link, null, young) instanceof Verdict.Allow);
        server.close().await();
        int before = asked.get();
        allowed(check(link, null, old));
        assertThat(asked).hasValue(before);
        link.close();
    }

    @Test
    void aTokenMayBeTheUserName() throws Exception {
        JwtLink link = secret(new JwtLink.Settings(true, Map.of(), "sub", "", ""));
        assertThat(allowed(check(link, hmac(ann().build()), null))).isEqualTo(new Identity("ann", true));
        assertThat(check(link, "ann", hmac(ann().build()))).isEqualTo(Verdict.IGNORE);
    }
}
