package dev.mooring.auth;

import java.util.ArrayList;
import java.util.List;

/**
 * The access list of the configuration. Immutable.
 *
 * @param noMatch what counts where no rule says anything
 * @param disconnects whether a client that asks for what it may not loses its connection, instead of being told so by a
 *     reason code
 */
public record Acl(List<AclRule> rules, NoMatch noMatch, boolean disconnects) {
    /** No rules: everything is allowed but {@code $SYS}. */
    public static final Acl OPEN = new Acl(List.of(), NoMatch.BY_RULES, false);

    /** The answer when no rule has one. */
    public enum NoMatch {
        ALLOW,
        DENY,
        /**
         * Nothing is written. A client that has rules of its own may do what those say and nothing else; to the others
         * what {@code rules}, the defaults, say counts, and all else is allowed.
         */
        BY_RULES
    }

    public Acl {
        rules = List.copyOf(rules);
    }

    /**
     * What a client may do, by its own rules first, then by those it was granted. To be asked again when it, or this
     * list, changes.
     */
    public Permissions permissions(Subject subject) {
        Identity identity = subject.identity();
        if (identity.superuser()) {
            return Permissions.ALL;
        }
        List<AclRule> own = identity.rules();
        boolean isUnwritten = noMatch == NoMatch.BY_RULES;
        boolean allows = noMatch == NoMatch.ALLOW || (isUnwritten && own == null);
        List<AclRule> all = new ArrayList<>();
        add(own == null ? List.of() : own, subject, all);
        add(subject.granted(), subject, all);
        add(isUnwritten && own != null ? List.of() : rules, subject, all);
        return all.isEmpty() && allows ? Permissions.OPEN : Permissions.of(all, subject, allows);
    }

    private static void add(List<AclRule> rules, Subject subject, List<AclRule> all) {
        for (AclRule rule : rules) {
            if (rule.isAbout(subject)) {
                all.add(rule);
            }
        }
    }
}
