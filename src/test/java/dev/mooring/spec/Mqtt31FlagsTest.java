package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1.2.3, the Connect Flags: each must go with the fields of the payload. */
class Mqtt31FlagsTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.2-3] the reserved connect flag must be 0")
    void reservedFlag5() {
        reservedFlag(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-3] the reserved connect flag must be 0")
    void reservedFlag311() {
        reservedFlag(4);
    }

    private static void reservedFlag(int version) {
        refusedAsMalformed(version, connect(version, unique("reserved")).flagsXor(0x01));
    }

    @ParameterizedTest(name = "flag bits {0}")
    @ValueSource(ints = {8, 16, 24})
    @DisplayName("[MQTT-3.1.2-11] Will QoS without Will flag is malformed")
    void willQosWithoutWill5(int bits) {
        refusedAsMalformed(5, connect(5, unique("willqos")).flagsXor(bits));
    }

    @ParameterizedTest(name = "flag bits {0}")
    @ValueSource(ints = {8, 16, 24})
    @DisplayName("[MQTT311-3.1.2-13] Will QoS without Will flag is malformed")
    void willQosWithoutWill311(int bits) {
        refusedAsMalformed(4, connect(4, unique("willqos")).flagsXor(bits));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-13] Will Retain without Will flag is malformed")
    void willRetainWithoutWill5() {
        refusedAsMalformed(5, connect(5, unique("willretain")).flagsXor(0x20));
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-15] Will Retain without Will flag is malformed")
    void willRetainWithoutWill311() {
        refusedAsMalformed(4, connect(4, unique("willretain")).flagsXor(0x20));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-12] Will QoS 3 is malformed")
    void willQosThree5() {
        willQosThree(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-14] Will QoS 3 is malformed")
    void willQosThree311() {
        willQosThree(4);
    }

    private static void willQosThree(int version) {
        refusedAsMalformed(version, connect(version, unique("will3")).will("t", "p", 3, false));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-9] a Will flag without Will fields is malformed")
    void willFlagWithoutFields5() {
        willFlagWithoutFields(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-9] a Will flag without Will fields is malformed")
    void willFlagWithoutFields311() {
        willFlagWithoutFields(4);
    }

    private static void willFlagWithoutFields(int version) {
        refusedAsMalformed(version, connect(version, unique("nofields")).flagsXor(0x04));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] Will fields without a Will flag are malformed")
    void willFieldsWithoutFlag5() {
        willFieldsWithoutFlag(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] Will fields without a Will flag are malformed")
    void willFieldsWithoutFlag311() {
        willFieldsWithoutFlag(4);
    }

    private static void willFieldsWithoutFlag(int version) {
        refusedAsMalformed(
                version,
                connect(version, unique("noflag")).will("t", "p", 0, false).flagsXor(0x04));
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-11] without a Will flag neither Will QoS, nor Will Retain, nor Will fields may be")
    void nothingOfAWillWithoutFlag() {
        for (int bits : new int[] {0x08, 0x10, 0x18, 0x20, 0x38}) {
            refusedAsMalformed(4, connect(4, unique("noflag")).flagsXor(bits));
        }
        refusedAsMalformed(
                4, connect(4, unique("noflag")).will("t", "p", 0, false).flagsXor(0x04));
        refusedAsMalformed(4, connect(4, unique("noflag")).trailer("0001 74 0001 70"));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-16] a User Name without its flag is malformed")
    void userNameWithoutFlag5() {
        userNameWithoutFlag(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-18] a User Name without its flag is malformed")
    void userNameWithoutFlag311() {
        userNameWithoutFlag(4);
    }

    private static void userNameWithoutFlag(int version) {
        refusedAsMalformed(version, connect(version, unique("u")).userName("me").flagsXor(0x80));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-17] a User Name flag without the field is malformed")
    void userNameFlagWithoutField5() {
        userNameFlagWithoutField(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-19] a User Name flag without the field is malformed")
    void userNameFlagWithoutField311() {
        userNameFlagWithoutField(4);
    }

    private static void userNameFlagWithoutField(int version) {
        refusedAsMalformed(version, connect(version, unique("u")).flagsXor(0x80));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-18] a Password without its flag is malformed")
    void passwordWithoutFlag5() {
        passwordWithoutFlag(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-20] a Password without its flag is malformed")
    void passwordWithoutFlag311() {
        passwordWithoutFlag(4);
    }

    private static void passwordWithoutFlag(int version) {
        refusedAsMalformed(
                version,
                connect(version, unique("p")).userName("me").password("pw").flagsXor(0x40));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-19] a Password flag without the field is malformed")
    void passwordFlagWithoutField5() {
        passwordFlagWithoutField(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-21] a Password flag without the field is malformed")
    void passwordFlagWithoutField311() {
        passwordFlagWithoutField(4);
    }

    private static void passwordFlagWithoutField(int version) {
        refusedAsMalformed(version, connect(version, unique("p")).userName("me").flagsXor(0x40));
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-22] in 3.1.1 a Password needs a User Name")
    void passwordAlone() {
        refusedAsMalformed(4, connect(4, unique("p")).password("pw"));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-19] in 5.0 a Password may come without a User Name")
    void passwordAloneIsWellFormed() {
        RawClient client = BROKER.connect(5).send(connect(5, unique("p")).password("pw"));
        assertThat(client.expect(Frame.CONNACK).reasonCode).isIn(0, 0x86, 0x87, 0x8C);
    }

    private static void refusedAsMalformed(int version, Packets.Connect connect) {
        RawClient client = BROKER.connect(version).send(connect);
        client.expectRefused(version == 5 ? new Integer[] {0x81, 0x82} : new Integer[] {});
    }
}
