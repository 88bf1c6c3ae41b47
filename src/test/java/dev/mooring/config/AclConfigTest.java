package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.auth.Acl;
import dev.mooring.auth.AclRule;
import dev.mooring.auth.AddressRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code auth.acl} and its file: what is read, and what is said about mistakes. */
class AclConfigTest {
    @TempDir
    Path folder;

    private static Acl acl(String json) {
        return Config.of("{\"auth\": {\"acl\": " + json + "}}").auth().acl();
    }

    private static String errors(String acl) {
        return new ConfigReader().parse("{\"auth\": {\"acl\": " + acl + "}}").toString();
    }

    private String file(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("acl.json"), content);
        return "{\"file\": \"" + file.toString().replace("\\", "/") + "\"}";
    }

    @Test
    void withoutItEverythingIsAllowedAndSysToThisMachine() {
        Acl acl = Config.defaults().auth().acl();
        assertThat(acl.noMatch()).isEqualTo(Acl.NoMatch.BY_RULES);
        assertThat(acl.rules()).singleElement().satisfies(rule -> {
            assertThat(rule.allow()).isTrue();
            assertThat(rule.action()).isEqualTo(AclRule.Action.SUBSCRIBE);
            assertThat(rule.topics()).containsExactly("$SYS/#");
            assertThat(rule.addresses()).extracting(AddressRange::text).containsExactly("127.0.0.0/8", "::1");
        });
        assertThat(acl("{}")).isEqualTo(acl);
        assertThat(acl("{\"deny_action\": \"disconnect\"}").rules()).isEqualTo(acl.rules());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rules\": []}",
                "{\"sources\": []}",
                "{\"no_match\": \"allow\"}",
                "{\"no_match\": \"deny\"}",
                "{\"rules\": [], \"no_match\": \"allow\"}"
            })
    void whatIsWrittenTakesThePlaceOfTheDefault(String acl) {
        assertThat(acl(acl).rules()).isEmpty();
    }

    @Test
    void theDefaultWrittenAloneIsARuleLikeOthers() {
        String written = "{\"rules\": [{\"permission\": \"allow\", \"action\": \"subscribe\", \"topics\": [\"$SYS/#\"],"
                + " \"addresses\": [\"127.0.0.0/8\", \"::1\"]}]}";
        assertThat(acl(written).rules())
                .isEqualTo(Config.defaults().auth().acl().rules());
        assertThat(acl(written).noMatch()).isEqualTo(Acl.NoMatch.DENY);
    }

    @Test
    void rulesCloseTheRest() {
        Acl acl = acl("{\"rules\": [{\"permission\": \"allow\", \"topics\": [\"a\"]}]}");
        assertThat(acl.rules()).containsExactly(AclRule.of(true, AclRule.Action.ALL, "a"));
        assertThat(acl.noMatch()).isEqualTo(Acl.NoMatch.DENY);
        assertThat(acl("{\"rules\": []}").noMatch()).as("CVE-2018-12550").isEqualTo(Acl.NoMatch.DENY);
        assertThat(acl("{\"sources\": []}").noMatch()).isEqualTo(Acl.NoMatch.DENY);
        assertThat(acl("{\"rules\": [], \"no_match\": \"allow\"}").noMatch()).isEqualTo(Acl.NoMatch.ALLOW);
        assertThat(acl("{\"no_match\": \"deny\", \"deny_action\": \"disconnect\"}"))
                .isEqualTo(new Acl(java.util.List.of(), Acl.NoMatch.DENY, true));
    }

    @Test
    void theFileComesAfterTheRules() throws IOException {
        String file = file("[{\"permission\": \"deny\", \"topics\": [\"b\"]}]");
        Acl acl = acl("{\"rules\": [{\"permission\": \"allow\", \"topics\": [\"a\"]}], " + file.substring(1));
        assertThat(acl.rules())
                .containsExactly(AclRule.of(true, AclRule.Action.ALL, "a"), AclRule.of(false, AclRule.Action.ALL, "b"));
        assertThat(acl(file("[]")).noMatch())
                .as("an empty file is no open door")
                .isEqualTo(Acl.NoMatch.DENY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{'rules': [{'topics': ['a']}]}; /auth/acl/rules/0: needs \"permission\": one of \"allow\", \"deny\"",
                "{'rules': [{'permission': 'alow', 'topics': ['a']}]}; did you mean \"allow\"?",
                "{'rules': [{'permission': 'allow', 'topics': []}]}; /topics: needs at least one entry",
                "{'rules': [{'permission': 'allow', 'topic': ['a']}]}; did you mean \"topics\"?",
                "{'rules': [{'permission': 'allow', 'topics': ['a/#/b']}]}; topic \"a/#/b\" is not a topic filter",
                "{'rules': [{'permission': 'allow', 'topics': ['a'], 'qos': [3]}]}; /qos/0: must be a whole number",
                "{'rules': [{'permission': 'allow', 'topics': ['a'], 'addresses': ['x']}]}; is not an address",
                "{'rules': [{'permission': 'allow', 'topics': ['a'], 'listeners': ['tcp:1884']}]}; "
                        + "there is no listener \"tcp:1884\"; did you mean \"tcp:1883\"? (listeners:",
                "{'file': 'no-such-file.json'}; /auth/acl/file: there is no file \"no-such-file.json\"",
                "{'file': '.'}; is a directory",
                "{'sources': [{'type': 'ldap'}]}; one of \"http\", \"redis\", \"dynamodb\"",
                "{'sources': [{'type': 'http'}]}; /auth/acl/sources/0: needs \"url\"",
                "{'sources': [{'type': 'http', 'url': 'x'}]}; /auth/acl/sources/0/url: must be a URL as",
                "{'sources': [{'type': 'redis', 'pool': 'local'}]}; /auth/acl/sources/0/pool: there is no redis pool",
                "{'sources': [{'type': 'dynamodb', 'pool': 'd'}]}; there is no dynamodb pool \"d\" (dynamodb",
                "{'sources': [{'type': 'http', 'url': 'http://a/'}, {'type': 'http', 'url': 'http://b/'}]}; "
                        + "/auth/acl/sources/1: the name \"http\" is taken by /auth/acl/sources/0; give it",
                "{'sources': [{'type': 'redis', 'pool': 'p', 'user_key': 'x'}]}; unknown key"
            })
    void mistakesAreNamed(String acl, String text) {
        assertThat(errors(acl.replace('\'', '"'))).contains(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{}; line 1, the file: must be a list of rules [...]",
                "; the file is empty",
                "[{'permission': 'allow'}]; line 1, /0: needs \"topics\"",
                "[{'permission': 'allow', 'topics': ['a'], 'permission': 'deny'}]; written twice",
                "[{'permission': 'allow', 'topics': ['%x/#/y']}]; is not a topic filter",
                "[; not JSON"
            })
    void mistakesOfTheFileAreNamedWithTheirPlaceInIt(String content, String text) throws IOException {
        String errors = errors(file(content == null ? "" : content.replace('\'', '"')));
        assertThat(errors).contains("/auth/acl/file: \"").contains(text);
    }
}
