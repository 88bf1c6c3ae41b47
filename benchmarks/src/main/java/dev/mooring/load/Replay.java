package dev.mooring.load;

import io.netty.buffer.ByteBuf;

/** Takes a known number of messages, which were published before, and tells how they came. */
public final class Replay {
    private final Load load;
    private final Ledger ledger;

    /**
     * @param receivers each is to get the messages of the publisher with its number
     * @param each messages of a publisher
     */
    public Replay(Load load, int receivers, int each) {
        this.load = load;
        ledger = new Ledger(receivers, receivers, false);
        for (int i = 0; i < receivers; i++) {
            ledger.expect(i, i);
            for (int k = 0; k < each; k++) {
                ledger.sent(i);
            }
        }
    }

    public Role receiver(int number) {
        return new Role() {
            @Override
            public void received(ByteBuf in, int payloadAt, int payloadBytes) {
                if (payloadBytes >= Frame.HEAD_BYTES) {
                    ledger.received(number, number, in.getInt(payloadAt + 4));
                }
            }
        };
    }

    /** Until all are there, or no more come. */
    public Traffic.Losses await() {
        load.settle(ledger::distinct, () -> ledger.lost() == 0);
        return load.call(() -> new Traffic.Losses(ledger.lost(), ledger.duplicated(), ledger.reordered(), 0));
    }
}
