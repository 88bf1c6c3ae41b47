package dev.mooring;

import dev.mooring.config.Config;

/** Another policy for a broker that runs, as a reload would bring it. */
public final class BrokerPolicy {
    private BrokerPolicy() {}

    /** @param json a configuration, of which only who may do what counts; every loop has it when this returns */
    public static void change(Broker broker, String json) {
        broker.policy(Broker.policy(Config.of(json))).await();
    }
}
