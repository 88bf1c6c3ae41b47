package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.mooring.auth.Acl;
import dev.mooring.auth.AclJson;
import dev.mooring.auth.AclRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The access list in the {@code auth} section and in the file that it names: what the schema can't say, and the rules.
 */
final class AuthSection {
    private static final String RULES = "/auth/acl/rules";
    private static final String FILE = "/auth/acl/file";
    private static final long FILE_BYTES_MAX = 16 << 20;

    private final Schema schema;
    private final JsonNode tree;
    private final Problems problems;
    private final List<String> listeners = new ArrayList<>();

    /** @param tree the whole file, with defaults filled in */
    AuthSection(Schema schema, JsonNode tree, Problems problems) {
        this.schema = schema;
        this.tree = tree;
        this.problems = problems;
        tree.path("listeners").forEach(l -> listeners.add(l.path("name").asText()));
    }

    /** Complete when there are no problems. */
    Acl acl() {
        JsonNode acl = tree.at("/auth/acl");
        List<AclRule> rules = new ArrayList<>();
        JsonNode written = acl.path("rules");
        for (int i = 0; i < written.size() && written.isArray(); i++) {
            String at = RULES + "/" + i;
            String problem = problems.anyIn(at) ? null : add(written.get(i), rules);
            if (problem != null) {
                problems.add(at, problem);
            }
        }
        if (acl.has("file") && !problems.anyIn(FILE)) {
            readFile(acl.path("file").asText(), rules);
        }
        Acl.NoMatch noMatch = switch (acl.path("no_match").asText()) {
            case "allow" -> Acl.NoMatch.ALLOW;
            case "deny" -> Acl.NoMatch.DENY;
            default -> Acl.NoMatch.BY_RULES;
        };
        return new Acl(rules, noMatch, acl.path("deny_action").asText().equals("disconnect"));
    }

    /** What is wrong with it, or null. */
    private @Nullable String add(JsonNode json, List<AclRule> rules) {
        try {
            AclRule rule = AclJson.rule(json);
            for (String name : rule.listeners()) {
                if (!listeners.contains(name)) {
                    return "there is no listener " + Schema.quote(name) + DidYouMean.hint(name, listeners)
                            + " (listeners: " + Schema.quoted(listeners) + ")";
                }
            }
            rules.add(rule);
            return null;
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** An unreadable or half right list is no list: the broker does not start with what is left of it. */
    private void readFile(String name, List<AclRule> rules) {
        JsonSource source;
        try {
            Path path = Path.of(name);
            if (Files.isDirectory(path) || Files.size(path) > FILE_BYTES_MAX) {
                problems.add(
                        FILE, Schema.quote(name) + " is a directory, or has more than " + FILE_BYTES_MAX + " bytes");
                return;
            }
            source = JsonSource.parse(Files.readAllBytes(path), name);
        } catch (NoSuchFileException e) {
            problems.add(FILE, "there is no file " + Schema.quote(name));
            return;
        } catch (InvalidPathException | IOException e) {
            problems.add(FILE, "cannot read " + Schema.quote(name) + ": " + e);
            return;
        }
        Problems inFile = new Problems(source);
        if (source.tree() instanceof ArrayNode list) {
            JsonNode declared = schema.root().at("/$defs/acl_rule");
            for (int i = 0; i < list.size(); i++) {
                String at = "/" + i;
                schema.checkAs(declared, list.get(i), at, inFile::add);
                String problem = inFile.anyIn(at) ? null : add(list.get(i), rules);
                if (problem != null) {
                    inFile.add(at, problem);
                }
            }
        } else if (inFile.isEmpty()) {
            inFile.add("", "must be a list of rules [...]");
        }
        inFile.sorted().forEach(e -> problems.add(FILE, Schema.quote(name) + ", " + e));
    }
}
