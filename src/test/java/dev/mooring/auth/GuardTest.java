package dev.mooring.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.auth.Guard.Ban;
import dev.mooring.auth.Guard.Kind;
import org.junit.jupiter.api.Test;

class GuardTest {
    private static Guard guard(int address, int client, int flapping) {
        return new Guard(new Guard.Settings(address, client, flapping, 60, 300, 100));
    }

    @Test
    void failuresAreAnsweredLaterAndLaterUpToABound() {
        Guard guard = guard(0, 0, 0);
        long[] expected = {0, 100, 200, 400, 800, 1_600, 3_000, 3_000};
        for (long ms : expected) {
            assertThat(guard.failed("10.0.0.1", "c", 1_000)).isEqualTo(ms);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(guard.failed("10.0.0.1", "c" + i, 1_000)).isEqualTo(Guard.BACKOFF_MS_MAX);
        }
        assertThat(guard.failed("10.0.0.2", "c", 1_000)).isZero();
        assertThat(guard.failed("10.0.0.1", "c", 61_000)).as("a new window").isZero();
        assertThat(guard.ban("10.0.0.1", "c", 61_000)).isEmpty();
    }

    @Test
    void anAddressIsBannedForAWhile() {
        Guard guard = guard(3, 0, 0);
        for (int i = 0; i < 2; i++) {
            guard.failed("10.0.0.1", "c" + i, 1_000);
        }
        assertThat(guard.ban("10.0.0.1", "x", 1_000)).isEmpty();
        guard.failed("10.0.0.1", "y", 2_000);
        assertThat(guard.ban("10.0.0.1", "x", 2_000)).isPresent();
        assertThat(guard.ban("10.0.0.2", "c0", 2_000)).isEmpty();
        assertThat(guard.bans(2_000)).containsExactly(new Ban(Kind.ADDRESS, "10.0.0.1", 302_000, "3 failed logins"));
        assertThat(guard.ban("10.0.0.1", "x", 302_000)).isEmpty();
        assertThat(guard.bans(302_000)).isEmpty();
    }

    @Test
    void aClientIdIsBannedFromWhereverItComes() {
        Guard guard = guard(0, 2, 0);
        guard.failed("10.0.0.1", "c", 1_000);
        guard.failed("10.0.0.2", "c", 1_000);
        assertThat(guard.ban("10.0.0.3", "c", 1_000)).isPresent();
        assertThat(guard.ban("10.0.0.1", "d", 1_000)).isEmpty();
    }

    @Test
    void whoComesAndGoesTooOftenIsBanned() {
        Guard guard = guard(0, 0, 3);
        for (int i = 0; i < 3; i++) {
            guard.connected("c", 1_000 + 25_000L * i);
        }
        guard.connected("c", 62_000);
        assertThat(guard.ban("a", "c", 62_000)).as("in two windows").isEmpty();
        for (int i = 0; i < 3; i++) {
            guard.connected("c", 63_000);
        }
        assertThat(guard.ban("a", "c", 63_000))
                .hasValueSatisfying(ban -> assertThat(ban.toString()).contains("4 connections within a window"));
    }

    @Test
    void bansByHandAreAddedAndLifted() {
        Guard guard = guard(0, 0, 0);
        guard.add(new Ban(Kind.CLIENT_ID, "c", 5_000, "by hand"));
        assertThat(guard.ban("a", "c", 4_999)).isPresent();
        assertThat(guard.lift(Kind.CLIENT_ID, "c")).isTrue();
        assertThat(guard.lift(Kind.CLIENT_ID, "c")).isFalse();
        assertThat(guard.ban("a", "c", 1_000)).isEmpty();
    }

    @Test
    void whatIsRememberedIsBounded() {
        int bound = 1_000;
        for (int failuresMax : new int[] {1, 9}) { // all are banned at once, or all are still counted
            Guard guard = new Guard(new Guard.Settings(failuresMax, failuresMax, 1, 60, 300, 100), bound);
            for (int i = 0; i < bound + 10; i++) {
                guard.failed("a" + i, "c" + i, 1_000);
                guard.connected("d" + i, 1_000);
                guard.connected("d" + i, 1_000);
                guard.connected("e" + i, 1_000);
            }
            assertThat(guard.sizes())
                    .containsEntry("failures", failuresMax == 1 ? 0 : bound)
                    .containsEntry("connections", bound)
                    .containsEntry("bans", bound);
            assertThat(guard.ban(failuresMax == 1 ? "a0" : "x", "d0", 1_000))
                    .as("the oldest")
                    .isEmpty();
        }
    }

    @Test
    void anotherConfigurationCountsFromNowOn() {
        Guard guard = guard(0, 0, 0);
        guard.failed("10.0.0.1", "c", 1_000);
        guard.settings(new Guard.Settings(2, 0, 0, 60, 300, 0));
        assertThat(guard.failed("10.0.0.1", "c", 1_000)).isZero();
        assertThat(guard.ban("10.0.0.1", "c", 1_000)).isPresent();
    }
}
