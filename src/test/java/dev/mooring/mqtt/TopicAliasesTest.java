package dev.mooring.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.TopicName;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TopicAliasesTest {
    private final TopicAliases aliases = new TopicAliases(2);

    private int use(String topic) {
        return aliases.use(TopicName.of(topic));
    }

    @Test
    @DisplayName("as long as there are free ones, a topic gets its alias with the first message")
    void freeOnes() {
        assertThat(use("a")).isEqualTo(1);
        assertThat(use("a")).isEqualTo(-1);
        assertThat(use("b")).isEqualTo(2);
        assertThat(use("b")).isEqualTo(-2);
        assertThat(use("a")).isEqualTo(-1);
    }

    @Test
    @DisplayName("when all are given out, a topic that comes a second time gets that of the one used longest ago")
    void takenOver() {
        use("a");
        use("b");
        use("a");
        assertThat(use("once")).isZero();
        assertThat(use("b")).isEqualTo(-2);
        assertThat(use("a")).isEqualTo(-1);
        assertThat(use("once")).isEqualTo(2); // b was used before a
        assertThat(use("once")).isEqualTo(-2);
        assertThat(use("a")).isEqualTo(-1);
        assertThat(use("b")).isZero();
    }
}
