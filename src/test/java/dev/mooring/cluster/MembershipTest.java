package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Hazelcast is told. */
class MembershipTest {
    private static Config hazelcast(int noHeartbeatS) {
        return Membership.hazelcast(new MembershipSettings(
                new NodeId("a", 1),
                "cluster",
                "127.0.0.1",
                "127.0.0.1",
                5701,
                5801,
                List.of("127.0.0.1"),
                "",
                noHeartbeatS));
    }

    private static int seconds(Config config, String property) {
        return Integer.parseInt(config.getProperty(property));
    }

    /** A silence is looked at with every heartbeat, so it may last for one of them longer. */
    @Test
    @DisplayName("the membership of a silent node ends within cluster.no_heartbeat_s, at the default a second before")
    void silence() {
        for (int s = 3; s <= 300; s++) {
            Config config = hazelcast(s);
            int heartbeatS = seconds(config, Membership.HEARTBEAT);
            int silenceS = seconds(config, Membership.SILENCE);
            assertThat(silenceS + heartbeatS).as("%d s", s).isLessThanOrEqualTo(s);
            assertThat(silenceS).as("%d s", s).isGreaterThanOrEqualTo(2 * heartbeatS);
        }
        assertThat(seconds(hazelcast(10), Membership.HEARTBEAT) + seconds(hazelcast(10), Membership.SILENCE))
                .isEqualTo(9);
    }
}
