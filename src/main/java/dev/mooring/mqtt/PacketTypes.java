package dev.mooring.mqtt;

/** Types of control packets, MQTT 5.0 §2.1.2, and who sends them. */
public enum PacketTypes {
    CONNECT(FixedHeader.CONNECT, true, false),
    CONNACK(FixedHeader.CONNACK, false, true),
    PUBLISH(FixedHeader.PUBLISH, true, true),
    PUBACK(FixedHeader.PUBACK, true, true),
    PUBREC(FixedHeader.PUBREC, true, true),
    PUBREL(FixedHeader.PUBREL, true, true),
    PUBCOMP(FixedHeader.PUBCOMP, true, true),
    SUBSCRIBE(FixedHeader.SUBSCRIBE, true, false),
    SUBACK(FixedHeader.SUBACK, false, true),
    UNSUBSCRIBE(FixedHeader.UNSUBSCRIBE, true, false),
    UNSUBACK(FixedHeader.UNSUBACK, false, true),
    PINGREQ(FixedHeader.PINGREQ, true, false),
    PINGRESP(FixedHeader.PINGRESP, false, true),
    DISCONNECT(FixedHeader.DISCONNECT, true, true),
    AUTH(FixedHeader.AUTH, true, true);

    private final int number;
    private final boolean fromClients;
    private final boolean fromServers;

    PacketTypes(int number, boolean fromClients, boolean fromServers) {
        this.number = number;
        this.fromClients = fromClients;
        this.fromServers = fromServers;
    }

    /** @param number in the fixed header, of a packet that exists */
    static String name(int number) {
        return values()[number - 1].name(); // they stand in the order of their numbers
    }

    /** In the fixed header. */
    public int number() {
        return number;
    }

    public boolean fromClients() {
        return fromClients;
    }

    public boolean fromServers() {
        return fromServers;
    }
}
