package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class IdentityTest {
    @Test
    void nobodyIsNotVerified() {
        assertThatThrownBy(() -> new Identity(null, true)).hasMessage("an anonymous client can't be verified");
    }
}
