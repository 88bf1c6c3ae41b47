package dev.mooring.auth;

import dev.mooring.auth.AuthResult.Accepted;
import dev.mooring.auth.AuthResult.Refused;
import dev.mooring.message.ReasonCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The links that are asked about a connection, in order, until one knows it. Immutable.
 *
 * <p>Without links and with {@code allowAnonymous} the broker is open: every CONNECT is accepted, and a user name is
 * taken as given but marked unverified. As soon as there is a link, a CONNECT that shows anything must prove it.
 *
 * <p>A user that no link knows costs one full password hash, as a wrong password does, against the hash of some real
 * user, always the same one for a name: where users have hashes of different cost, unknown names are spread over these
 * costs just as users are.
 *
 * @param allowAnonymous whether a CONNECT without user name and password is accepted when no link knows it
 */
public record Chain(List<Link> links, boolean allowAnonymous) {
    static final Verdict.Deny BUSY =
            new Verdict.Deny(ReasonCode.SERVER_BUSY, "too many logins wait for their password check");

    public Chain {
        links = List.copyOf(links);
    }

    static Verdict.Deny bad(String text) {
        return new Verdict.Deny(ReasonCode.BAD_USER_NAME_OR_PASSWORD, text);
    }

    /** A link whose server does not answer: nobody knows what it would have said. */
    static Verdict.Deny unavailable(String text) {
        return new Verdict.Deny(ReasonCode.SERVER_UNAVAILABLE, text);
    }

    Future<AuthResult> check(Credentials c, Passwords passwords) {
        if (links.isEmpty() && allowAnonymous) {
            return accepted(c.username() == null ? Identity.ANONYMOUS : new Identity(c.username(), false));
        }
        return ask(0, c, passwords);
    }

    private Future<AuthResult> ask(int at, Credentials c, Passwords passwords) {
        for (int i = at; i < links.size(); i++) {
            int next = i + 1;
            Future<Verdict> asked = links.get(i).check(c, passwords);
            if (!asked.succeeded()) {
                return asked.compose(verdict ->
                        verdict instanceof Verdict.Ignore ? ask(next, c, passwords) : answer(verdict, c, passwords));
            }
            if (!(asked.result() instanceof Verdict.Ignore)) { // at once, so without a turn of the loop
                return answer(asked.result(), c, passwords);
            }
        }
        return answer(Verdict.IGNORE, c, passwords);
    }

    private Future<AuthResult> answer(Verdict verdict, Credentials c, Passwords passwords) {
        if (verdict instanceof Verdict.Allow allow) {
            return accepted(allow.identity());
        }
        if (verdict instanceof Verdict.Deny deny) {
            return refused(deny);
        }
        return unknown(c, passwords);
    }

    private Future<AuthResult> unknown(Credentials c, Passwords passwords) {
        String username = c.username();
        byte[] password = c.password();
        if (username == null && password == null) {
            return allowAnonymous
                    ? accepted(Identity.ANONYMOUS)
                    : refused(new Verdict.Deny(
                            ReasonCode.NOT_AUTHORIZED, "shows nothing, and anonymous clients are not allowed"));
        }
        if (username == null || password == null || password.length == 0) {
            return refused(bad(username == null ? "a password without user name" : "a user name without password"));
        }
        List<PasswordHash> some = new ArrayList<>();
        for (Link link : links) {
            PasswordHash any = link.anyHash(username);
            if (any != null) {
                some.add(any);
            }
        }
        return some.isEmpty()
                ? refused(bad("nobody has a password here: no users are configured"))
                : passwords
                        .check(username, password, Passwords.pick(some, username), false, c.wanted())
                        .compose(outcome -> refused(outcome == Passwords.Outcome.BAD ? bad("unknown user") : BUSY));
    }

    private static Future<AuthResult> accepted(Identity identity) {
        return Future.succeededFuture(new Accepted(identity));
    }

    private static Future<AuthResult> refused(Verdict.Deny deny) {
        return Future.succeededFuture(new Refused(deny.reason(), deny.text()));
    }
}
