package dev.mooring.auth;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The users of the configuration, each with a password hash, with credentials for enhanced authentication, or both. */
public record Users(List<User> users) {
    /** An error in {@code users}: {@code index} counts from 0. The text never holds a hash. */
    public record Problem(int index, String text) {}

    /** @throws IllegalArgumentException when {@link #check} finds something */
    public Users {
        users = List.copyOf(users);
        List<Problem> problems = check(users);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
    }

    /** Everything that is wrong, not only the first: the configuration reader shows all of it at once. */
    public static List<Problem> check(List<User> users) {
        List<Problem> problems = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < users.size(); i++) {
            User user = users.get(i);
            if (user.username().isEmpty()) {
                problems.add(new Problem(i, "the user name is empty"));
            }
            // Names that SCRAM cannot tell apart would be one user with two passwords.
            if (!names.add(ScramCredentials.prepare(user.username()))) {
                problems.add(new Problem(i, "the user name is taken by an earlier user"));
            }
            if (user.passwordHash() == null && user.scramSha256() == null) {
                problems.add(new Problem(i, "needs a passwordHash or a scramSha256"));
            }
            if (user.passwordHash() != null) {
                String text = PasswordHash.problem(user.passwordHash());
                if (text != null) {
                    problems.add(new Problem(i, "passwordHash: " + text));
                }
            }
            if (user.scramSha256() != null) {
                String text = ScramCredentials.problem(user.scramSha256());
                if (text != null) {
                    problems.add(new Problem(i, "scramSha256: " + text));
                }
            }
        }
        return problems;
    }
}
