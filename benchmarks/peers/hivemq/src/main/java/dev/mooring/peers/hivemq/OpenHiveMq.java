package dev.mooring.peers.hivemq;

import com.hivemq.HiveMQServer;
import com.hivemq.configuration.service.InternalConfigurations;

/** HiveMQ that lets everybody in, which otherwise takes an extension that is not in any Maven repository. */
public final class OpenHiveMq {
    private OpenHiveMq() {}

    public static void main(String[] words) throws Exception {
        InternalConfigurations.AUTH_DENY_UNAUTHENTICATED_CONNECTIONS.set(false);
        HiveMQServer.main(words);
    }
}
