package dev.mooring.mqtt;

import dev.mooring.bus.LocalBody;
import dev.mooring.config.Config;
import dev.mooring.rule.RulePlan;
import java.util.Map;

/**
 * Another configuration counts from now on; answered when it does. To every loop.
 *
 * @param stores names on the bus, by pool: all that the plan uses, open
 */
public record ConfigChanged(Config config, RulePlan plan, Map<String, String> stores) implements LocalBody {
    public ConfigChanged {
        stores = Map.copyOf(stores);
    }
}
