package dev.mooring.mqtt;

import dev.mooring.session.Rescan;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What the durable sessions of one loop make of what comes live, see {@link Rescan}. Confined to the loop. */
final class Looks {
    private final BiConsumer<Consumer<MqttConnection>, Runnable> forEach;
    private Rescan.Live told = Rescan.Live.TAKEN;
    /** Begun for all sessions, and not at the end of them yet: there may be many. */
    private int open;

    /** @param forEach does something with each connection, some in each turn, and runs something then */
    Looks(BiConsumer<Consumer<MqttConnection>, Runnable> forEach) {
        this.forEach = forEach;
    }

    void receive(Rescan rescan) {
        told = rescan.live();
        if (rescan.looks()) {
            open++;
            forEach.accept(c -> c.delivering().rescan(), () -> open--);
        }
    }

    /** For a message that comes now: to a session that has not looked yet, perhaps. */
    Rescan.Live live() {
        return open > 0 && told == Rescan.Live.TAKEN ? Rescan.Live.A_SIGN : told;
    }
}
