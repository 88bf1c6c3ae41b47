package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.auth.Acl;
import dev.mooring.auth.AclRule;
import dev.mooring.auth.Identity;
import dev.mooring.auth.Permissions;
import dev.mooring.auth.Subject;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class PublishRightsTest {
    private static Permissions permissions(Random random) {
        List<AclRule> rules = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            String topic = random.nextInt(3) == 0 ? "a/+" : "a/" + random.nextInt(40);
            rules.add(new AclRule(
                    random.nextBoolean(),
                    AclRule.Action.PUBLISH,
                    List.of(topic),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    1 + random.nextInt(7),
                    1 + random.nextInt(3)));
        }
        Acl acl = new Acl(rules, random.nextBoolean() ? Acl.NoMatch.ALLOW : Acl.NoMatch.DENY, false);
        return acl.permissions(new Subject("c", Identity.ANONYMOUS, "", ""));
    }

    /** Whatever was asked before, and by whatever rules: more topics than places, so that they take each other's. */
    @Property(tries = 500)
    void theAnswerIsThatOfThePermissions(@ForAll long seed) {
        Random random = new Random(seed);
        PublishRights rights = new PublishRights();
        Permissions permissions = permissions(random);
        for (int i = 0; i < 300; i++) {
            if (random.nextInt(100) == 0) {
                permissions = permissions(random);
            }
            TopicName topic = TopicName.of(random.nextInt(20) == 0 ? "$SYS/a" : "a/" + random.nextInt(40));
            int qos = random.nextInt(3);
            boolean retain = random.nextBoolean();
            assertThat(rights.mayPublish(permissions, topic, qos, retain))
                    .as("%s at %d, retain %s", topic, qos, retain)
                    .isEqualTo(permissions.mayPublish(topic, qos, retain));
        }
    }
}
