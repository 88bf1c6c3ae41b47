package dev.mooring.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

record RabbitMqPeer() implements Peer {
    @Override
    public String name() {
        return "RabbitMQ";
    }

    @Override
    public String setup() {
        return "MQTT plug-in; queues of lasting sessions on disk, without fsync; 1,024 messages in flight; "
                + "schedulers do not spin (+sbwt none)";
    }

    @Override
    public String version() throws IOException {
        Programs.find("epmd");
        Path server = Path.of(Programs.find("rabbitmq-server"));
        return Programs.version(server.resolveSibling("rabbitmqctl").toString(), "version");
    }

    /** As a process of this user with its own port mapper, whatever else of RabbitMQ and Erlang runs on the machine. */
    @Override
    public Broker start(Path folder) throws IOException {
        int port = Broker.freePort();
        Path config = folder.resolve("rabbitmq.conf");
        Files.writeString(config, """
                listeners.tcp = none
                mqtt.listeners.tcp.1 = 127.0.0.1:%d
                mqtt.allow_anonymous = true
                mqtt.prefetch = 1024
                """.formatted(port));
        Path plugins = folder.resolve("enabled_plugins");
        Files.writeString(plugins, "[rabbitmq_mqtt].\n");
        Path pidFile = folder.resolve("pid");
        Map<String, String> environment = Map.ofEntries(
                Map.entry("HOME", folder.toString()),
                Map.entry("ERL_EPMD_PORT", "" + Broker.freePort()),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODENAME", "bench@localhost"),
                Map.entry("RABBITMQ_DIST_PORT", "" + Broker.freePort()),
                Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString()),
                Map.entry("RABBITMQ_LOG_BASE", folder.resolve("log").toString()),
                Map.entry("RABBITMQ_CONFIG_FILE", config.toString()),
                Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString()),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+sbwt none"),
                Map.entry("RABBITMQ_PID_FILE", pidFile.toString()));
        Process epmd = Broker.process(folder, List.of(Programs.find("epmd")), environment);
        String server = Files.exists(Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server"))
                ? "/usr/lib/rabbitmq/bin/rabbitmq-server" // Debian's own script changes the user
                : Programs.find("rabbitmq-server");
        return Broker.start(folder, port, List.of(server), environment, pidFile, epmd);
    }
}
