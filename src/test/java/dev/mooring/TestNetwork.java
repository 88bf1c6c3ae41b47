package dev.mooring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Hosts that are network namespaces of Linux, each with one interface, on one bridge, which this JVM is on as well.
 * What one host sends to another can get lost without a word, as behind a firewall: in that direction alone, or in
 * both.
 *
 * <p>Nobody outside is reached, and nothing is left behind, whatever becomes of a test: namespaces go with the
 * processes that hold them, which end with this JVM, and the interface of this JVM goes with the other end of its
 * cable. Whoever makes namespaces has to be root, if only in a namespace of users: {@code unshare -Urn}. For one
 * thread.
 */
public final class TestNetwork implements AutoCloseable {
    private static final long PATIENCE_S = 30;
    /** No interface has this address: what is sent to it ends at the bridge. */
    private static final String NOBODY = "02:00:00:00:00:00";

    private static final String IN_HOST = "eth0";

    private final String prefix = freePrefix();
    /** Of this JVM's interface. At most 15 characters; another one for each network of all JVMs. */
    private final String here =
            "moor" + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);

    private final List<Host> hosts = new ArrayList<>();
    private final Set<Way> lost = new HashSet<>();

    private record Way(Host from, Host to) {}

    /** A process holds the namespace, and does nothing else. */
    private static final class Host {
        private final String address;
        private final Process holder;

        private Host(String address) throws IOException {
            this.address = address;
            this.holder = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo; exec cat")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }

        List<String> under() {
            return List.of("nsenter", "--target", Long.toString(holder.pid()), "--net");
        }

        private void ip(String arguments) {
            List<String> command = new ArrayList<>(under());
            command.add("ip");
            command.addAll(Arrays.asList(arguments.split(" ")));
            TestNetwork.run(command);
        }
    }

    private TestNetwork() {}

    /** @throws IllegalStateException where such a network can't be made */
    public static TestNetwork start(int hosts) {
        TestNetwork network = new TestNetwork();
        try {
            Host bridge = network.hold("");
            bridge.ip("link add bridge type bridge");
            bridge.ip("link set bridge up");
            long bridgePid = bridge.holder.pid();
            ip("link add " + network.here + " type veth peer name port1 netns " + bridgePid);
            ip("addr add " + network.prefix + "1/24 dev " + network.here);
            ip("link set " + network.here + " up");
            plug(bridge, 1);
            for (int number = 2; number < hosts + 2; number++) {
                Host host = network.hold(network.prefix + number);
                host.ip("link set lo up");
                host.ip("link add " + IN_HOST + " type veth peer name port" + number + " netns " + bridgePid);
                host.ip("addr add " + host.address + "/24 dev " + IN_HOST);
                host.ip("link set " + IN_HOST + " up");
                plug(bridge, number);
            }
            return network;
        } catch (IOException | RuntimeException e) {
            network.close(); // nobody else can
            throw new IllegalStateException("no network of namespaces can be made", e);
        }
    }

    private static void plug(Host bridge, int number) {
        bridge.ip("link set port" + number + " master bridge");
        bridge.ip("link set port" + number + " up");
    }

    private Host hold(String address) throws IOException {
        Host host = new Host(address);
        hosts.add(host);
        if (host.holder.getInputStream().read() < 0) {
            throw new IllegalStateException("no namespace can be made");
        }
        return host;
    }

    /** @param number from 0 on */
    public TestHost host(int number) {
        return new TestHost(at(number).address, at(number).under());
    }

    private Host at(int number) {
        return hosts.get(number + 1); // behind the bridge
    }

    /** What {@code from} sends to {@code to} does not arrive from now on, and neither of them is told. */
    public void lose(int from, int to) {
        Way way = new Way(at(from), at(to));
        if (lost.add(way)) {
            way.from.ip("neigh replace " + way.to.address + " lladdr " + NOBODY + " dev " + IN_HOST + " nud permanent");
        }
    }

    /** Neither hears the other any more. */
    public void cut(int one, int other) {
        lose(one, other);
        lose(other, one);
    }

    /** Everything arrives again. */
    public void heal() {
        lost.forEach(way -> way.from.ip("neigh del " + way.to.address + " dev " + IN_HOST));
        lost.clear();
    }

    /** Of 10.0.0.0/8, without the last number; nothing on this machine is near it. */
    private static String freePrefix() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String prefix = "10." + random.nextInt(1, 255) + "." + random.nextInt(255) + ".";
        try {
            boolean isTaken = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(InetAddress::getHostAddress)
                    .anyMatch(address -> address.startsWith(prefix));
            return isTaken ? freePrefix() : prefix;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void ip(String arguments) {
        run(Arrays.asList(("ip " + arguments).split(" ")));
    }

    private static void run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes()).strip();
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What runs on hosts has to have ended. */
    @Override
    public void close() {
        for (Host host : hosts) {
            host.holder.destroyForcibly();
        }
        for (Host host : hosts) {
            host.holder.onExit().join();
        }
    }
}
