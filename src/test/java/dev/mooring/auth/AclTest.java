package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AclTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static List<AclRule> rules(String json) {
        try {
            return AclJson.read(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static Permissions permissions(String json, Subject subject) {
        return new Acl(rules(json), Acl.NoMatch.DENY, false).permissions(subject);
    }

    private static Subject client(String clientId, String username) {
        Identity identity = username == null ? Identity.ANONYMOUS : new Identity(username, true);
        return new Subject(clientId, identity, "10.1.2.3", "tcp:1883");
    }

    private static boolean mayPublish(Permissions p, String topic) {
        return p.mayPublish(TopicName.of(topic), 0, false);
    }

    private static boolean maySubscribe(Permissions p, String filter) {
        return p.maySubscribe(TopicFilter.of(filter), 0);
    }

    @Test
    void withoutRulesEverythingIsAllowedButSys() {
        Permissions p = Acl.OPEN.permissions(client("c", null));
        assertThat(mayPublish(p, "a")).isTrue();
        assertThat(maySubscribe(p, "#")).isTrue();
        assertThat(maySubscribe(p, "$SYS/#")).isFalse();
        assertThat(maySubscribe(p, "$share/g/$SYS/#")).isFalse();
        assertThat(mayPublish(p, "$SYS/a")).isFalse();
        assertThat(p.restrictsReading()).isFalse();
    }

    @Test
    void sysIsReadByDefaultOnThisMachineOnly() {
        Acl acl = new Acl(
                rules("[{\"permission\": \"allow\", \"action\": \"subscribe\", \"topics\": [\"$SYS/#\"],"
                        + " \"addresses\": [\"127.0.0.0/8\", \"::1\"]}]"),
                Acl.NoMatch.BY_RULES,
                false);
        for (String address : List.of("127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1")) {
            Permissions p = acl.permissions(new Subject("c", Identity.ANONYMOUS, address, "tcp:1883"));
            assertThat(maySubscribe(p, "$SYS/#")).as(address).isTrue();
            assertThat(maySubscribe(p, "$share/g/$SYS/broker/+")).as(address).isTrue();
            assertThat(mayPublish(p, "$SYS/a")).as(address).isFalse();
            assertThat(mayPublish(p, "a")).as(address).isTrue();
            assertThat(maySubscribe(p, "#")).as(address).isTrue();
            assertThat(p.restrictsReading()).as(address).isFalse();
        }
        for (String address : List.of("10.1.2.3", "128.0.0.1", "::2", "fe80::1", "::ffff:10.0.0.1", "")) {
            Permissions p = acl.permissions(new Subject("c", Identity.ANONYMOUS, address, "tcp:1883"));
            assertThat(maySubscribe(p, "$SYS/#")).as(address).isFalse();
            assertThat(maySubscribe(p, "#")).as(address).isTrue();
        }
        Identity own = new Identity(
                "u", true, false, rules("[{\"permission\": \"allow\", \"topics\": [\"a\"]}]"), Identity.NEVER);
        Permissions p = acl.permissions(new Subject("c", own, "127.0.0.1", "tcp:1883"));
        assertThat(maySubscribe(p, "a")).isTrue();
        assertThat(maySubscribe(p, "$SYS/#"))
                .as("it has rules, and none opens it")
                .isFalse();
    }

    @Test
    void theFirstRuleWithAnAnswerCounts() {
        String list = """
                [{"permission": "allow", "action": "publish", "topics": ["a/b"]},
                 {"permission": "deny", "topics": ["a/#"]},
                 {"permission": "allow", "topics": ["#"]}]""";
        Permissions p = permissions(list, client("c", null));
        assertThat(mayPublish(p, "a/b")).isTrue();
        assertThat(mayPublish(p, "a/c")).isFalse();
        assertThat(mayPublish(p, "b")).isTrue();
        assertThat(maySubscribe(p, "a/b")).isFalse();
        assertThat(maySubscribe(p, "b/+")).isTrue();
    }

    @Test
    void aSubscriptionThatCouldReadWhatIsDeniedIsDenied() {
        Permissions p = permissions(
                "[{\"permission\":\"deny\",\"topics\":[\"secret/#\"]},{\"permission\":\"allow\",\"topics\":[\"#\"]}]",
                client("c", null));
        for (String filter : List.of("#", "+/x", "+", "secret", "secret/+", "$share/g/#", "$share/g/secret/x")) {
            assertThat(maySubscribe(p, filter)).as(filter).isFalse();
        }
        assertThat(maySubscribe(p, "public/#")).isTrue();
        assertThat(p.mayReceive(TopicName.of("secret/x"))).isFalse();
        assertThat(p.mayReceive(TopicName.of("public/x"))).isTrue();
    }

    @Test
    void anAllowedFilterHasToCoverWhatIsAskedFor() {
        Permissions p = permissions("[{\"permission\":\"allow\",\"topics\":[\"+/x\", \"a/+\"]}]", client("c", null));
        for (String filter : List.of("#", "+/#", "a/#", "$share/g/#", "a/+/#", "+/+")) {
            assertThat(maySubscribe(p, filter)).as(filter).isFalse();
        }
        assertThat(maySubscribe(p, "a/+")).isTrue();
        assertThat(maySubscribe(p, "$share/g/b/x")).isTrue();
    }

    @Test
    void sysIsReadByWhomARuleNames() {
        String list = """
                [{"permission": "allow", "action": "subscribe", "topics": ["$SYS/#"], "users": ["ops"]},
                 {"permission": "allow", "topics": ["#"]}]""";
        assertThat(maySubscribe(permissions(list, client("c", "ops")), "$SYS/broker/+"))
                .isTrue();
        assertThat(maySubscribe(permissions(list, client("c", "ann")), "$SYS/broker/+"))
                .isFalse();
        assertThat(mayPublish(permissions(list, client("c", "ops")), "$SYS/broker/x"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "a/b", "+/x", "/", "", "a#", "$SYS"})
    void aNameWithMeaningWidensNothing(String name) {
        for (String variable : List.of("%c", "${clientid}", "%u", "${username}")) {
            boolean isClient = variable.contains("c") && !variable.contains("username");
            Subject subject = isClient ? client(name, "ann") : client("c", name);
            String inside = "a/" + variable + "/#";
            String first = variable + "/#";
            for (String template : name.equals("$SYS") ? List.of(first) : List.of(inside, first)) {
                String allow = "[{\"permission\":\"allow\",\"topics\":[\"" + template + "\"]}]";
                Permissions p = permissions(allow, subject);
                for (String filter : List.of("#", "a/#", "a/b/c", "+/+/+", "$SYS/#", "a/+/#", "b/c")) {
                    assertThat(maySubscribe(p, filter))
                            .as(template + " " + filter)
                            .isFalse();
                }
                assertThat(mayPublish(p, "a/b/c")).as(template).isFalse();
            }
            String deny = "[{\"permission\":\"deny\",\"topics\":[\"a/" + variable + "/x\"]},"
                    + "{\"permission\":\"allow\",\"topics\":[\"#\"]}]";
            if (!name.equals("$SYS")) { // in doubt more is denied, not less
                assertThat(mayPublish(permissions(deny, subject), "a/z/x")).isFalse();
                assertThat(mayPublish(permissions(deny, subject), "b/z/x")).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".*", "a|b", "(x", "\\", "$1", "%u", "${username}", "a b", "*", "{0}"})
    void namesAreNoPatterns(String name) {
        Permissions p = permissions(
                "[{\"permission\":\"allow\",\"topics\":[\"a/%c/x\", \"b/${username}\"]}]", client(name, name));
        assertThat(mayPublish(p, "a/" + name + "/x")).isTrue();
        assertThat(maySubscribe(p, "b/" + name)).isTrue();
        assertThat(mayPublish(p, "a/z/x")).isFalse();
        assertThat(mayPublish(p, "a/a/x")).isFalse();
    }

    @Test
    void aNameThatNobodyHasProvenAllowsNothingButMayBeDenied() {
        Subject claimed = new Subject("c", new Identity("admin", false), "10.1.2.3", "tcp:1883");
        String list = """
                [{"permission": "allow", "topics": ["admin/#"], "users": ["admin"]},
                 {"permission": "allow", "topics": ["home/%u/#"]},
                 {"permission": "deny", "topics": ["open/#"], "users": ["admin"]},
                 {"permission": "allow", "topics": ["open/#"]}]""";
        Permissions p = permissions(list, claimed);
        assertThat(mayPublish(p, "admin/x")).isFalse();
        assertThat(mayPublish(p, "home/admin/x")).isFalse();
        assertThat(mayPublish(p, "open/x")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, true",
        "10.1.2.3, true",
        "10.1.2.0/30, true",
        "10.1.2.4/30, false",
        "0.0.0.0/0, true",
        "::ffff:10.1.2.3, true",
        "::1, false",
        "::/0, false",
        "11.0.0.0/8, false"
    })
    void addresses(String range, boolean isAbout) {
        String list = "[{\"permission\":\"allow\",\"topics\":[\"#\"],\"addresses\":[\"" + range + "\"]}]";
        assertThat(mayPublish(permissions(list, client("c", null)), "a")).isEqualTo(isAbout);
    }

    @Test
    void clientsUsersListenersQosAndRetain() {
        String list = """
                [{"permission": "allow", "action": "publish", "topics": ["q"], "qos": [0, 2]},
                 {"permission": "allow", "action": "publish", "topics": ["r"], "retain": false},
                 {"permission": "allow", "action": "subscribe", "topics": ["q"], "qos": [0]},
                 {"permission": "allow", "topics": ["c"], "clients": ["sensor-*", "x"]},
                 {"permission": "allow", "topics": ["l"], "listeners": ["tls:8883"]}]""";
        Permissions p = permissions(list, client("sensor-7", null));
        assertThat(p.mayPublish(TopicName.of("q"), 2, true)).isTrue();
        assertThat(p.mayPublish(TopicName.of("q"), 1, false)).isFalse();
        assertThat(p.mayPublish(TopicName.of("r"), 1, false)).isTrue();
        assertThat(p.mayPublish(TopicName.of("r"), 1, true)).isFalse();
        assertThat(p.maySubscribe(TopicFilter.of("q"), 0)).isTrue();
        assertThat(p.maySubscribe(TopicFilter.of("q"), 1)).isFalse();
        assertThat(p.mayReceive(TopicName.of("q"))).isTrue();
        assertThat(mayPublish(p, "c")).isTrue();
        assertThat(mayPublish(p, "l")).isFalse();
        assertThat(mayPublish(permissions(list, client("sensor", null)), "c")).isFalse();
        assertThat(mayPublish(permissions(list, client("xy", null)), "c")).isFalse();
    }

    @Test
    void ownRulesComeFirstAndCloseTheRest() {
        Identity own = new Identity(
                "ann", true, false, rules("[{\"permission\":\"allow\",\"topics\":[\"own/#\"]}]"), Identity.NEVER);
        Subject ann = new Subject("c", own, "", "");
        Permissions alone = Acl.OPEN.permissions(ann);
        assertThat(mayPublish(alone, "own/x")).isTrue();
        assertThat(mayPublish(alone, "x")).isFalse();
        Permissions none = Acl.OPEN.permissions(
                new Subject("c", new Identity("ann", true, false, List.of(), Identity.NEVER), "", ""));
        assertThat(mayPublish(none, "x"))
                .as("no rules of its own at all are none")
                .isFalse();
        Acl general = new Acl(List.of(AclRule.of(false, AclRule.Action.ALL, "own/#")), Acl.NoMatch.ALLOW, false);
        assertThat(mayPublish(general.permissions(ann), "own/x")).isTrue();
        assertThat(mayPublish(general.permissions(ann), "x")).isTrue();
    }

    @Test
    void aSuperuserMayReadSysButWritesItNot() {
        Subject root = new Subject("c", new Identity("root", true, true, null, Identity.NEVER), "", "");
        Permissions p = new Acl(List.of(), Acl.NoMatch.DENY, false).permissions(root);
        assertThat(maySubscribe(p, "$SYS/#")).isTrue();
        assertThat(mayPublish(p, "a")).isTrue();
        assertThat(mayPublish(p, "$SYS/a")).isFalse();
    }

    @Test
    void aSubjectIsWrittenAndReadAgain() {
        List<AclRule> rules = rules("""
                [{"permission": "deny", "action": "publish", "topics": ["a/%c"], "users": ["u"], "clients": ["c*"],
                  "addresses": ["10.0.0.0/8"], "listeners": ["l"], "qos": [1], "retain": true},
                 {"permission": "allow", "topics": ["#"]}]""");
        Subject subject = new Subject("c", new Identity("a\"nn", true, true, rules, Identity.NEVER), "::1", "wss:8084");
        assertThat(Subject.of("c", subject.text())).isEqualTo(subject);
        assertThat(Subject.of("c", subject.withGranted(rules).text())).isEqualTo(subject.withGranted(rules));
        List<AclRule> many = Collections.nCopies(2_000, AclRule.of(true, AclRule.Action.ALL, "a/b"));
        assertThat(Subject.of("c", subject.withGranted(many).text())).isEqualTo(subject);
        Subject plain = client("c", null);
        assertThat(Subject.of("c", plain.text())).isEqualTo(plain);
        assertThat(Subject.of("c", "junk").identity()).isEqualTo(Identity.ANONYMOUS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{}; must be a list",
                "[{}]; rule 0: permission must be",
                "[{'permission':'allow'}]; topics are missing",
                "[{'permission':'allow','topics':[]}]; topics needs at least one entry",
                "[{'permission':'allow','topics':['a/#/b']}]; is not a topic filter",
                "[{'permission':'allow','topics':['$share/g/a']}]; must be without $share/g/",
                "[{'permission':'allow','topics':['a/${user}']}]; unknown variable ${user}",
                "[{'permission':'allow','topics':['a'],'topcs':1}]; unknown key \"topcs\"",
                "[{'permission':'allow','topics':['a'],'action':'read'}]; action must be",
                "[{'permission':'allow','topics':['a'],'qos':[3]}]; qos must be",
                "[{'permission':'allow','topics':['a'],'qos':[]}]; qos must be",
                "[{'permission':'allow','topics':['a'],'retain':'x'}]; retain must be",
                "[{'permission':'allow','topics':['a'],'users':[1]}]; users must be texts",
                "[{'permission':'allow','topics':['a'],'users':[]}]; users needs at least one entry",
                "[{'permission':'allow','topics':['a'],'addresses':['example.com']}]; is not an address",
                "[{'permission':'allow','topics':['a'],'addresses':['10.0.0.0/33']}]; is not an address"
            })
    void whatIsWrongIsSaid(String json, String text) {
        assertThatThrownBy(() -> rules(json.replace('\'', '"')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void topicAndTheShortActionsOfOthersAreUnderstood() {
        assertThat(rules("[{\"permission\":\"allow\",\"action\":\"pub\",\"topic\":\"a\",\"qos\":1}]"))
                .containsExactly(new AclRule(
                        true,
                        AclRule.Action.PUBLISH,
                        List.of("a"),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        0b010,
                        AclRule.ANY_RETAIN));
    }
}
