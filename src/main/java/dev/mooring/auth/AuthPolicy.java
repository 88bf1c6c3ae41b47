package dev.mooring.auth;

/**
 * Who may connect, and what they may do then. Immutable: a reload puts another one in its place, and tells the loops,
 * who ask it anew for the rights of the clients they have.
 */
public record AuthPolicy(AuthConfig users, EnhancedAuth enhanced, Acl acl) {
    public static AuthPolicy of(AuthConfig users, Acl acl) {
        return new AuthPolicy(users, new EnhancedAuth(users), acl);
    }
}
