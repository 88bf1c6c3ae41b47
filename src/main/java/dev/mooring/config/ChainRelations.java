package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a schema can't say about the chain of authentication, and what listeners ask of it. */
final class ChainRelations {
    private static final String CHAIN = "/auth/chain";

    private final JsonNode tree;
    private final Problems problems;

    ChainRelations(JsonNode tree, Problems problems) {
        this.tree = tree;
        this.problems = problems;
    }

    void check() {
        JsonNode chain = tree.at(CHAIN);
        List<String> names = new ArrayList<>();
        boolean asksUsers = false;
        for (int i = 0; i < chain.size(); i++) {
            String name = chain.path(i).path("name").asText();
            if (names.contains(name) && !problems.anyIn(CHAIN + "/" + i)) {
                problems.add(
                        CHAIN + "/" + i,
                        "the name " + Schema.quote(name) + " is taken by /auth/chain/" + names.indexOf(name)
                                + "; give it a \"name\" of its own");
            }
            names.add(name);
            asksUsers |= chain.path(i).path("type").asText().equals("users");
        }
        JsonNode users = tree.at("/auth/users");
        for (int i = 0; i < users.size(); i++) {
            if (!asksUsers && users.path(i).has("password_hash") && !problems.anyIn(CHAIN)) {
                problems.add(
                        "/auth/users/" + i + "/password_hash",
                        "is never asked for: auth.chain has no link of type \"users\"");
            }
        }
        if (chain.isEmpty()
                && users.isEmpty()
                && users.isArray()
                && tree.at("/auth/allow_anonymous").asText().equals("false")) {
            problems.add("/auth/allow_anonymous", "is false and there are no users: nobody could connect");
        }
        checkListeners(names);
    }

    private void checkListeners(List<String> names) {
        JsonNode listeners = tree.path("listeners");
        for (int i = 0; i < listeners.size(); i++) {
            JsonNode auth = listeners.path(i).path("auth");
            String pointer = "/listeners/" + i + "/auth";
            for (int j = 0; j < auth.size(); j++) {
                String name = auth.path(j).asText();
                if (!names.contains(name) && !problems.anyIn(pointer)) {
                    problems.add(
                            pointer + "/" + j,
                            "there is no link " + Schema.quote(name) + " in auth.chain" + DidYouMean.hint(name, names)
                                    + " (links: " + Schema.quoted(names) + ")");
                }
            }
            boolean isClosed =
                    listeners.path(i).path("allow_anonymous").asText().equals("false");
            if (problems.isWritten(pointer) && auth.isArray() && auth.isEmpty() && isClosed) {
                problems.add(pointer, "is empty, and allow_anonymous is false here: nobody could connect");
            }
        }
    }
}
