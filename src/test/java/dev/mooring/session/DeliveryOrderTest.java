package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DeliveryOrderTest {
    private final DeliveryOrder order = new DeliveryOrder();
    private final List<String> delivered = new ArrayList<>();

    @Test
    @DisplayName("[MQTT-4.6.0-5] whatever is stored first: deliveries go on in the order of their places")
    void order() {
        DeliveryOrder.Place a = order.add(() -> delivered.add("a"));
        DeliveryOrder.Place b = order.add(() -> delivered.add("b"));
        DeliveryOrder.Place c = order.add(() -> delivered.add("c"));
        order.stored(b);
        assertThat(delivered).isEmpty();
        order.stored(a);
        assertThat(delivered).containsExactly("a", "b");
        order.stored(c);
        assertThat(delivered).containsExactly("a", "b", "c");
    }
}
