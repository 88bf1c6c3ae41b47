package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard 21: who reads {@code $SYS}. For who comes from elsewhere see {@code ProxyProtocolTest.sysOfOthers}. */
class SysTest {
    private static final List<String> BASICS = List.of(
            "version",
            "uptime",
            "clients/connected",
            "clients/total",
            "messages/received",
            "messages/sent",
            "bytes/received",
            "bytes/sent");

    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "without any configuration a client of this machine has all figures at once, retained; # has none of them")
    void byDefault(int version) {
        try (Peer p = Peer.online(BROKER.port(), version, "sys-" + version);
                Peer all = Peer.online(BROKER.port(), version, "sys-all-" + version)) {
            assertThat(all.subscribe(0, "#").granted(0)).isZero();
            assertThat(p.subscribe(0, "$SYS/#").granted(0)).isZero();
            Map<String, String> found = new HashMap<>();
            for (Frame f : upToPingresp(p)) {
                found.put(f.topic(), f.payload());
            }
            for (String name : BASICS) {
                assertThat(found).containsKey("$SYS/broker/" + name);
            }
            assertThat(found.get("$SYS/broker/version")).startsWith("Mooring ");
            assertThat(found.get("$SYS/broker/uptime")).endsWith(" seconds");
            assertThat(upToPingresp(all)).extracting(Frame::topic).noneMatch(topic -> topic.startsWith("$"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"rules\": [{\"permission\": \"allow\", \"topics\": [\"#\"]}]}",
                "{\"rules\": []}",
                "{\"no_match\": \"allow\"}"
            })
    @DisplayName("who writes rules has it closed, also to this machine, unless one of them opens it")
    void closedByRules(String acl) {
        try (TestBroker broker = TestBroker.start("{\"auth\": {\"acl\": " + acl + "}}")) {
            for (int version : new int[] {4, 5}) {
                try (Peer p = Peer.online(broker.port(), version, "closed-" + version)) {
                    for (String filter : List.of("$SYS/#", "$SYS/broker/version", "$share/g/$SYS/#")) {
                        assertThat(p.subscribe(0, filter).granted(0)).isEqualTo(version == 5 ? 0x87 : 0x80);
                    }
                    assertThat(upToPingresp(p)).isEmpty();
                }
            }
        }
    }

    private static List<Frame> upToPingresp(Peer p) {
        p.send(Bytes.PINGREQ);
        List<Frame> frames = new ArrayList<>();
        for (Frame f = p.next(); f.type() != Frame.PINGRESP; f = p.next()) {
            frames.add(f);
        }
        return frames;
    }
}
