package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a schema can't say about the chain of authentication, what listeners ask of it, and the sources of rules. */
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
        List<String> names = checkAll(CHAIN);
        checkAll("/auth/acl/sources");
        boolean asksUsers = chain.findValuesAsText("type").contains("users");
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

    /** Their names. */
    private List<String> checkAll(String at) {
        JsonNode all = tree.at(at);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            String name = all.path(i).path("name").asText();
            if (names.contains(name) && !problems.anyIn(at + "/" + i)) {
                problems.add(
                        at + "/" + i,
                        "the name " + Schema.quote(name) + " is taken by " + at + "/" + names.indexOf(name)
                                + "; give it a \"name\" of its own");
            }
            names.add(name);
            checkLink(all.path(i), at + "/" + i);
        }
        return names;
    }

    private void checkLink(JsonNode link, String pointer) {
        switch (link.path("type").asText()) {
            case "jwt" -> checkJwt(link, pointer);
            case "http" -> checkUrl(link.path("url").asText(), pointer + "/url");
            case "redis", "dynamodb" ->
                checkPool(link.path("type").asText(), link.path("pool").asText(), pointer + "/pool");
            default -> {}
        }
    }

    private void checkPool(String backend, String name, String pointer) {
        List<String> pools = new ArrayList<>();
        tree.path("pools").properties().forEach(pool -> {
            if (pool.getValue().path("backend").asText().equals(backend)) {
                pools.add(pool.getKey());
            }
        });
        if (!pools.contains(name) && !problems.anyIn(pointer)) {
            problems.add(
                    pointer,
                    "there is no " + backend + " pool " + Schema.quote(name) + DidYouMean.hint(name, pools) + " ("
                            + backend + " pools: " + (pools.isEmpty() ? "none" : Schema.quoted(pools)) + ")");
        }
    }

    private void checkJwt(JsonNode jwt, String pointer) {
        List<String> keys = List.of("secret", "public_key_file", "jwks_file", "jwks_url");
        long given = keys.stream().filter(k -> !jwt.path(k).asText().isEmpty()).count();
        if (given != 1 && !problems.anyIn(pointer)) {
            problems.add(pointer, "needs exactly one of " + Schema.quoted(keys));
        }
        int bytes = jwt.path("secret").asText().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > 0 && bytes < 32 && !problems.anyIn(pointer + "/secret")) {
            problems.add(pointer + "/secret", "has " + bytes + " bytes; HMAC needs at least 32 (RFC 7518)");
        }
        checkUrl(jwt.path("jwks_url").asText(), pointer + "/jwks_url");
        boolean claimsName = false;
        for (JsonNode claim : jwt.path("claims")) {
            claimsName |= claim.asText().contains("%u") || claim.asText().contains("${username}");
        }
        boolean isShown = jwt.path("username_claim").asText().isEmpty();
        if (isShown && !claimsName && !problems.anyIn(pointer)) {
            problems.add(
                    pointer + "/username_claim",
                    "is empty, so a claim has to say that the user name of CONNECT is right, as"
                            + " \"claims\": {\"sub\": \"${username}\"}");
        }
    }

    private void checkUrl(String url, String pointer) {
        if (!url.isEmpty() && !problems.anyIn(pointer) && !url.matches("https?://[^/\\s?#]+([/?][^\\s#]*)?")) {
            problems.add(pointer, "must be a URL as http://host:port/path, not " + Schema.quote(url));
        }
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
