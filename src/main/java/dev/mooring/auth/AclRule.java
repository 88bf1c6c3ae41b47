package dev.mooring.auth;

import java.util.List;

/**
 * One line of an access list: for whom it counts, for what, and whether that is allowed. Immutable.
 *
 * <p>An empty list of users, clients, addresses or listeners stands for all of them. In users and clients a {@code *}
 * at the end stands for any rest. Topics are filters without share prefix, in which {@code %c} and <code>${clientid}
 * </code> stand for the client id, {@code %u} and <code>${username}</code> for the user name.
 *
 * @param qos the levels it counts for, bit n for QoS n
 * @param retain for PUBLISH: bit 0 counts without RETAIN, bit 1 with it
 */
public record AclRule(
        boolean allow,
        Action action,
        List<String> topics,
        List<String> users,
        List<String> clients,
        List<AddressRange> addresses,
        List<String> listeners,
        int qos,
        int retain) {
    public static final int ANY_QOS = 0b111;
    public static final int ANY_RETAIN = 0b11;

    public enum Action {
        PUBLISH,
        SUBSCRIBE,
        ALL
    }

    public AclRule {
        topics = List.copyOf(topics);
        users = List.copyOf(users);
        clients = List.copyOf(clients);
        addresses = List.copyOf(addresses);
        listeners = List.copyOf(listeners);
        for (String topic : topics) {
            if (TopicTemplate.problem(topic) != null) {
                throw new IllegalArgumentException(topic);
            }
        }
        if (topics.isEmpty() || qos < 1 || qos > ANY_QOS || retain < 1 || retain > ANY_RETAIN) {
            throw new IllegalArgumentException("topics " + topics + ", qos " + qos + ", retain " + retain);
        }
    }

    /** For everybody, at every QoS. */
    public static AclRule of(boolean allow, Action action, String... topics) {
        List<String> all = List.of();
        return new AclRule(allow, action, List.of(topics), all, all, List.of(), all, ANY_QOS, ANY_RETAIN);
    }

    /**
     * Whether this rule is about {@code subject}. A user name that nobody has proven is never a reason to allow; to
     * deny it is enough.
     */
    boolean isAbout(Subject subject) {
        Identity identity = subject.identity();
        String username = identity.username();
        boolean user =
                users.isEmpty() || (username != null && (identity.verified() || !allow) && isIn(users, username));
        return user
                && (clients.isEmpty() || isIn(clients, subject.clientId()))
                && (listeners.isEmpty() || listeners.contains(subject.listener()))
                && (addresses.isEmpty() || isIn(subject.address()));
    }

    private static boolean isIn(List<String> names, String name) {
        for (String one : names) {
            boolean prefix = one.endsWith("*");
            if (prefix ? name.startsWith(one.substring(0, one.length() - 1)) : name.equals(one)) {
                return true;
            }
        }
        return false;
    }

    private boolean isIn(String address) {
        for (AddressRange range : addresses) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
