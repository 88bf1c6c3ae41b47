package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.hazard.Bytes.Connect;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard 22: members of a shared subscription that leave together. */
class SharedMembersTest {
    private static final int MEMBERS = 12;
    private static final int MESSAGES = 1_200;

    @Test
    @DisplayName("what many members leave behind at once comes to the last one, each message once")
    void allLeaveButOne() {
        try (TestBroker broker = TestBroker.start("{\"loops\": 4, \"pools\": {\"local\": {\"sync\": \"never\"}}}");
                Peer writer = Peer.online(broker.port(), 5, "writer")) {
            List<Peer> leaving = new ArrayList<>();
            for (int i = 0; i < MEMBERS; i++) {
                Peer member = Peer.online(broker.port(), Connect.of(5, "m" + i).receiveMaximum(1));
                member.subscribe(1, "$share/g/t");
                leaving.add(member);
            }
            for (int i = 0; i < MESSAGES; i++) {
                writer.publish("t", "m" + i);
            }
            try (Peer last = Peer.online(broker.port(), Connect.lasting(5, "last"))) {
                last.subscribe(1, "$share/g/t");
                leaving.forEach(Peer::abort);
                Set<String> got = new HashSet<>();
                while (got.size() < MESSAGES) {
                    Frame f = last.expect(Frame.PUBLISH);
                    assertThat(got.add(f.payload()))
                            .as("%s comes again", f.payload())
                            .isTrue();
                    last.send(Bytes.ack(Frame.PUBACK, f.packetId()));
                }
                last.ping();
                assertThat(broker.subscriber("last").queuedCount).hasValue(0);
            }
        }
    }
}
