package dev.mooring.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mooring.auth.Acl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect, and what they may do then.
 *
 * @param allowAnonymous clients without user name, already resolved: when the file doesn't say, as long as there are no
 *     users and no chain
 * @param chain in the order in which they are asked
 */
public record AuthConfig(
        boolean allowAnonymous, List<User> users, List<AuthLink> chain, Acl acl, Sources sources, Ban ban) {
    public AuthConfig {
        users = List.copyOf(users);
        chain = List.copyOf(chain);
    }

    /**
     * Who is asked for the rules of clients, besides {@link #acl}.
     *
     * @param refreshS how often about those that stay connected; 0: never
     */
    public record Sources(List<AclSource> all, int refreshS) {
        public Sources {
            all = List.copyOf(all);
        }
    }

    /** Who is kept out for a while; 0 switches a bound off. */
    public record Ban(
            int addressFailuresMax, int clientFailuresMax, int flappingMax, int windowS, int banS, int backoffMs) {}

    /**
     * One user; at least one of the two secrets is there, resolved.
     *
     * @param passwordHash self-describing, begins with {@code $}
     * @param scramSha256 {@code SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>}, checked
     */
    public record User(
            String username,
            @Nullable String passwordHash,
            @JsonProperty("scram_sha_256") @Nullable String scramSha256) {
        public User {
            Config.require(passwordHash != null || scramSha256 != null, "no secret for a user");
        }

        /** Without the secrets: this may be logged. */
        @Override
        public String toString() {
            return "User[" + username + (passwordHash == null ? "" : ", password_hash ***")
                    + (scramSha256 == null ? "" : ", scram_sha_256 ***") + "]";
        }
    }
}
