package dev.mooring.sim;

/**
 * One network connection: two first-in-first-out directions that may be cut at any moment, which loses what is under
 * way; each end learns of it later, the broker perhaps much later.
 */
final class Wire {
    private final World world;
    private final Settings settings;
    private final SimClient client;
    final SimConnection server;
    private boolean cut;
    private long lastToServer;
    private long lastToClient;

    Wire(World world, Settings settings, SimClient client, SimLoop loop) {
        this.world = world;
        this.settings = settings;
        this.client = client;
        this.server = new SimConnection(loop, this, client.id);
    }

    void toServer(SimPacket packet) {
        lastToServer = Math.max(lastToServer + 1, world.nowUs() + world.delayUs(settings.netUs()));
        world.at(lastToServer, () -> {
            if (!cut) {
                server.loop.actor.post(() -> server.receive(packet));
            }
        });
    }

    void toClient(SimPacket packet) {
        lastToClient = Math.max(lastToClient + 1, world.nowUs() + world.delayUs(settings.netUs()));
        world.at(lastToClient, () -> {
            if (!cut) {
                client.receive(this, packet);
            }
        });
    }

    /** The broker closes; what it sent before arrives before. */
    void closedByServer() {
        lastToClient = Math.max(lastToClient + 1, world.nowUs() + world.delayUs(settings.netUs()));
        world.at(lastToClient, () -> client.closed(this));
    }

    /** The broker's process is gone; what it sent last may still arrive. */
    void serverDied() {
        if (world.chance(0.5)) {
            cut = true;
        }
        closedByServer();
    }

    /** Something on the way drops the connection. */
    void cut() {
        cut = true;
        world.after(world.delayUs(settings.netUs()), () -> client.closed(this));
        serverFindsOut(world.chance(0.5) ? settings.netUs() : 50 * settings.netUs());
    }

    /** The client closes. */
    void closedByClient() {
        serverFindsOut(settings.netUs());
    }

    /** The client has gone to another connection: this one carries what it sent before, nothing else. */
    void abandoned() {
        serverFindsOut(20 * settings.netUs());
    }

    private void serverFindsOut(int afterUs) {
        lastToServer = Math.max(lastToServer + 1, world.nowUs() + world.delayUs(afterUs));
        world.at(lastToServer, () -> server.loop.actor.post(server::inactive));
    }
}
