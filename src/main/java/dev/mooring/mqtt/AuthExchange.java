package dev.mooring.mqtt;

import dev.mooring.auth.Identity;
import dev.mooring.auth.ScramServer;
import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/**
 * Enhanced authentication of one connection, MQTT 5.0 §4.12: the exchange before CONNACK, and re-authentication later.
 * Confined to the connection's loop.
 */
final class AuthExchange {
    private final MqttConnection connection;
    private final Connecting connecting;
    private final Loop loop;
    private String method = "";
    private @Nullable ScramServer server;
    private byte @Nullable [] lastData;

    AuthExchange(MqttConnection connection, Connecting connecting, Loop loop) {
        this.connection = connection;
        this.connecting = connecting;
        this.loop = loop;
    }

    /** @param data what CONNECT brought along, or null */
    void begin(String wanted, byte @Nullable [] data) {
        method = wanted;
        server = loop.node.policy().get().enhanced(connecting.arrival().name()).start(wanted);
        if (server == null) {
            connecting.refuse(
                    ReasonCode.BAD_AUTHENTICATION_METHOD, "authentication method " + wanted + " is not offered");
        } else if (data == null) { // the client waits for us to begin: SCRAM is begun by the client
            send(ReasonCode.CONTINUE_AUTHENTICATION, new byte[0]);
            connection.reading().resume();
        } else {
            step(data);
        }
    }

    /** Authentication Data for CONNACK, or null. */
    byte @Nullable [] lastData() {
        return lastData;
    }

    /** AUTH from the client; false stops the decoder. */
    boolean auth(Packet.@Nullable Connect connect, Packet.Auth auth, @Nullable LiveSession live) {
        String agreed = connect == null ? null : connect.authenticationMethod();
        if (agreed == null || !agreed.equals(auth.method())) { // [MQTT-4.12.0-7], [MQTT-4.12.1-1]
            fail(
                    agreed == null ? ReasonCode.PROTOCOL_ERROR : ReasonCode.BAD_AUTHENTICATION_METHOD,
                    "AUTH does not fit the CONNECT");
            return false;
        }
        if (live != null && auth.reason() == ReasonCode.RE_AUTHENTICATE) {
            server = loop.node
                    .policy()
                    .get()
                    .enhanced(connecting.arrival().name())
                    .restart(agreed, live.identity);
        } else if (auth.reason() != ReasonCode.CONTINUE_AUTHENTICATION || server == null) {
            fail(ReasonCode.PROTOCOL_ERROR, "AUTH " + auth.reason() + " is not expected here");
            return false;
        }
        byte[] data = auth.data();
        return step(data == null ? new byte[0] : data);
    }

    private boolean step(byte[] data) {
        ScramServer current = server;
        if (current == null) {
            fail(ReasonCode.BAD_AUTHENTICATION_METHOD, "authentication method " + method + " is not offered");
            return false;
        }
        boolean again = connection.state() == MqttConnection.State.CONNECTED;
        ScramServer.Step step = current.next(data);
        if (step instanceof ScramServer.Step.Continue next) {
            send(ReasonCode.CONTINUE_AUTHENTICATION, next.data());
            if (!again) {
                connection.reading().resume();
            }
            return true;
        }
        server = null;
        if (step instanceof ScramServer.Step.Done done) {
            if (again) {
                send(ReasonCode.SUCCESS, done.data());
                return true;
            }
            lastData = done.data();
            connecting.authenticated(new Identity(done.username(), true));
            return false;
        }
        ScramServer.Step.Failed failed = (ScramServer.Step.Failed) step;
        fail(failed.reason(), failed.text());
        return false;
    }

    private void fail(ReasonCode reason, String text) {
        if (connection.state() == MqttConnection.State.CONNECTED) {
            connection.close(reason, text);
        } else {
            connecting.refuseLogin(reason, text);
        }
    }

    private void send(ReasonCode reason, byte[] data) {
        if (!connection.output().auth(new Packet.Auth(reason, method, data))) {
            fail(
                    ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
                    "AUTH would be larger than the client's Maximum Packet Size");
        }
    }
}
