package dev.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.Broker;
import dev.mooring.cli.ExitCode;
import dev.mooring.config.Config;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each variant of the manifests against the types of Kubernetes, against itself, and against the broker. */
class ManifestsTest {
    private static final Path README = Path.of("k8s/README.md");

    @TempDir
    private Path folder;

    static Stream<Manifests> variants() throws IOException {
        return Manifests.all().stream();
    }

    static Map<String, ContainerPort> ports(Manifests m) {
        return m.container().getPorts().stream().collect(Collectors.toMap(ContainerPort::getName, p -> p));
    }

    private static PodSpec pod(Manifests m) {
        return m.nodes().getSpec().getTemplate().getSpec();
    }

    private static String[] arguments(Manifests m) {
        return m.container().getArgs().toArray(String[]::new);
    }

    private Config configuration(Manifests m) throws IOException {
        return configuration(m, folder);
    }

    /** @param folder that stands for the pod's file system */
    static Config configuration(Manifests m, Path folder) throws IOException {
        Pod pod = new Pod(m, folder);
        Pod.Result result = pod.run(arguments(m));
        assertThat(result.exitCode()).as(result.output()).isZero();
        return pod.started().get(0);
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("every selector finds the pods, and every name that an object uses is that of another one")
    void selectors(Manifests m) {
        Map<String, String> labels = m.podLabels();
        assertThat(labels).isNotEmpty();
        assertThat(m.nodes().getSpec().getSelector().getMatchLabels()).isNotEmpty();
        assertThat(labels)
                .containsAllEntriesOf(m.nodes().getSpec().getSelector().getMatchLabels());
        for (Service service : m.each(Service.class)) {
            assertThat(service.getSpec().getSelector()).isNotEmpty();
            assertThat(labels).containsAllEntriesOf(service.getSpec().getSelector());
        }
        assertThat(labels)
                .containsAllEntriesOf(
                        m.one(PodDisruptionBudget.class).getSpec().getSelector().getMatchLabels())
                .containsAllEntriesOf(
                        m.one(NetworkPolicy.class).getSpec().getPodSelector().getMatchLabels());
        pod(m).getTopologySpreadConstraints()
                .forEach(spread -> assertThat(labels)
                        .containsAllEntriesOf(spread.getLabelSelector().getMatchLabels()));
        Service headless = m.each(Service.class).stream()
                .filter(s ->
                        s.getMetadata().getName().equals(m.nodes().getSpec().getServiceName()))
                .findFirst()
                .orElseThrow();
        assertThat(headless.getSpec().getClusterIP()).isEqualTo("None");
        assertThat(headless.getSpec().getPublishNotReadyAddresses()).isTrue();
        assertThat(pod(m).getServiceAccountName())
                .isEqualTo(m.one(ServiceAccount.class).getMetadata().getName());
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("ports of container, services and network policy are those on which the broker listens")
    void listeners(Manifests m) throws IOException {
        Config config = configuration(m);
        Set<Integer> listening = new TreeSet<>(Set.of(config.http().port()));
        config.listeners().forEach(l -> listening.add(l.port()));
        assertThat(ports(m).values())
                .extracting(ContainerPort::getContainerPort)
                .containsAll(listening);
        assertThat(listening).contains(1883, 8883, 8083);
        assertThat(config.listeners()).allSatisfy(l -> assertThat(l.host()).isEqualTo("0.0.0.0"));
        assertThat(config.http().host()).isEqualTo("0.0.0.0");
        Set<String> names = ports(m).keySet();
        m.each(Service.class)
                .forEach(service -> service.getSpec().getPorts().forEach(port -> {
                    String target = port.getTargetPort().getStrVal();
                    assertThat(names).contains(target);
                    assertThat(port.getPort()).isEqualTo(ports(m).get(target).getContainerPort());
                }));
        m.one(NetworkPolicy.class)
                .getSpec()
                .getIngress()
                .forEach(rule -> rule.getPorts()
                        .forEach(port ->
                                assertThat(names).contains(port.getPort().getStrVal())));
        assertThat(m.one(NetworkPolicy.class).getSpec().getIngress())
                .filteredOn(rule ->
                        rule.getPorts().stream().anyMatch(p -> p.getPort().equals(new IntOrString("http"))))
                .allSatisfy(rule -> assertThat(rule.getFrom()).isNotEmpty());
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("the configuration has no mistakes in the pod's file system and environment, and is the one mounted")
    void configurations(Manifests m) throws IOException {
        Pod pod = new Pod(m, folder);
        Pod.Result check = pod.run("check", "/etc/mooring/conf.json");
        assertThat(check.exitCode()).as(check.output()).isZero();
        Config config = configuration(m);
        assertThat(config.node().name()).isEqualTo("mooring-0");
        assertThat(config.auth().allowAnonymous()).isFalse();
        assertThat(config.session().pool()).isEqualTo(m.name().replace("embedded", "local"));
        assertThat(config.http().traceDir()).startsWith(pod.word("/tmp/"));
        assertThat(pod(m).getEnableServiceLinks())
                .as("MOORING_PORT and the like would be keys")
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("probes ask for what there is, and preStop is a command of the image")
    void probes(Manifests m) throws IOException {
        Container c = m.container();
        String health = Files.readString(Path.of("src/main/java/dev/mooring/http/Health.java"));
        for (Probe probe : List.of(c.getStartupProbe(), c.getReadinessProbe(), c.getLivenessProbe())) {
            assertThat(health).contains("\"" + probe.getHttpGet().getPath() + "\"");
            assertThat(ports(m)).containsKey(probe.getHttpGet().getPort().getStrVal());
        }
        assertThat(c.getReadinessProbe().getHttpGet().getPath()).endsWith("/ready");
        assertThat(c.getLivenessProbe().getHttpGet().getPath()).endsWith("/live");
        assertThat(c.getStartupProbe().getHttpGet().getPath()).endsWith("/startup");
        List<String> preStop = c.getLifecycle().getPreStop().getExec().getCommand();
        Path script = Path.of("src/main/image" + preStop.get(0));
        assertThat(script).isExecutable();
        Pod pod = new Pod(m, folder);
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = silent.getLocalPort();
            silent.close();
            String[] words = Stream.concat(
                            preStop.stream().skip(1),
                            Stream.of("--set", "/http/port=" + port, "--set", "/http/host=\"127.0.0.1\""))
                    .toArray(String[]::new);
            Pod.Result nobody = pod.run(words);
            assertThat(nobody.exitCode()).as(nobody.output()).isEqualTo(ExitCode.UNAVAILABLE);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("the drain has time for all clients, and the pod for the drain and the stop")
    void drain(Manifests m) throws IOException {
        Config config = configuration(m);
        Config.Drain drain = config.drain();
        assertThat(drain.waitS() + config.limits().connectionsMax() / drain.rate())
                .isLessThan(drain.timeoutS());
        assertThat(drain.waitS())
                .as("time to see that it is not ready")
                .isGreaterThan(m.container().getReadinessProbe().getPeriodSeconds()
                        * m.container().getReadinessProbe().getFailureThreshold());
        assertThat(pod(m).getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(drain.timeoutS() + Broker.STOP_S);
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("the container has the rights that it needs and no more")
    void rights(Manifests m) {
        assertThat(pod(m).getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod(m).getSecurityContext().getRunAsUser()).isPositive();
        assertThat(pod(m).getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod(m).getAutomountServiceAccountToken()).isFalse();
        Container c = m.container();
        assertThat(c.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(c.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(c.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(c.getImage()).matches("[^:@]+:[0-9][^:]*");
        Set<String> volumes =
                pod(m).getVolumes().stream().map(Volume::getName).collect(Collectors.toCollection(TreeSet::new));
        m.nodes()
                .getSpec()
                .getVolumeClaimTemplates()
                .forEach(t -> volumes.add(t.getMetadata().getName()));
        assertThat(c.getVolumeMounts()).allSatisfy(mount -> {
            assertThat(volumes).contains(mount.getName());
            assertThat(mount.getSubPath()).as("files of a subPath never change").isNull();
        });
        assertThat(c.getVolumeMounts()).extracting(v -> v.getMountPath()).contains("/tmp");
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("the heap is enough for clients and sessions; with what is needed besides it fits into the limit")
    void memory(Manifests m) throws IOException {
        Map<String, Quantity> limits = m.container().getResources().getLimits();
        assertThat(m.container().getResources().getRequests().get("memory")).isEqualTo(limits.get("memory"));
        String options = m.container().getEnv().stream()
                .filter(e -> e.getName().equals("JDK_JAVA_OPTIONS"))
                .map(EnvVar::getValue)
                .findFirst()
                .orElseThrow();
        double mib = limits.get("memory").getNumericalAmount().doubleValue() / (1 << 20);
        double heap = mib * number(options, "-XX:MaxRAMPercentage=(\\d+)") / 100;
        int direct = number(options, "-XX:MaxDirectMemorySize=(\\d+)m");
        int besides = 256 + 128; // class data, code, threads, RocksDB; and the JVM of preStop
        assertThat(heap + direct + besides).isLessThanOrEqualTo(mib);
        double clients = configuration(m).limits().connectionsMax() * 15 / 1024.0;
        double others = 0; // lasting sessions of other nodes, a KiB each
        if (m.isClustered()) {
            HorizontalPodAutoscalerSpec scaler =
                    m.one(HorizontalPodAutoscaler.class).getSpec();
            others = (scaler.getMaxReplicas() - 1) * ClusterManifestsTest.target(scaler) / 1024;
        }
        double messages = heap / 4 + heap / 4; // that wait, and retained ones
        assertThat(clients + others + messages + heap / 8).isLessThanOrEqualTo(heap);
    }

    private static int number(String text, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(text);
        assertThat(found.find()).as(pattern + " in " + text).isTrue();
        return Integer.parseInt(found.group(1));
    }

    @ParameterizedTest
    @MethodSource("variants")
    @DisplayName("secrets are none of ours: the README says how to make each one that is used, with its keys")
    void secrets(Manifests m) throws IOException {
        String readme = Files.readString(README);
        for (EnvVar variable : m.container().getEnv()) {
            if (variable.getValueFrom() != null && variable.getValueFrom().getSecretKeyRef() != null) {
                assertThat(readme)
                        .contains(
                                "secret generic "
                                        + variable.getValueFrom()
                                                .getSecretKeyRef()
                                                .getName(),
                                "=" + variable.getValueFrom().getSecretKeyRef().getKey() + "=");
            }
        }
        for (Volume volume : pod(m).getVolumes()) {
            if (volume.getSecret() != null) {
                assertThat(readme)
                        .containsPattern(
                                "secret (generic|tls) " + volume.getSecret().getSecretName());
            }
        }
    }

    @Test
    @DisplayName("mistakes in manifests and overlays are found")
    void mistakes() throws IOException {
        assertThatThrownBy(() -> typed("kind: Service\napiVersion: v1\nspec: {selectr: {a: b}}"))
                .hasMessageContaining("selectr");
        assertThatThrownBy(() -> typed("kind: Service\napiVersion: v1\nspec: {ports: [{port: many}]}"))
                .hasMessageContaining("many");
        assertThatThrownBy(() -> typed("kind: Service\napiVersion: v2")).hasMessageContaining("v2/Service");
        assertThatThrownBy(() -> typed("kind: Service\nkind: Service")).hasMessageContaining("duplicate key");
        overlay("resources: [a.yaml]\npatches: [{path: p.json, target: {kind: Service, name: other}}]", "[]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("Service other");
        overlay(
                "resources: [a.yaml]\npatches: [{path: p.json, target: {kind: Service, name: a}}]",
                "[{\"op\": \"replace\", \"path\": \"/spec/none\", \"value\": 1}]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("no /spec/none");
        overlay("resources: [a.yaml, a.yaml]", "[]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("there already");
        overlay("resources: [b.yaml]", "[]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("b.yaml");
        overlay("resource: [a.yaml]", "[]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("resource");
        overlay("resources: [a.yaml]\nimages: [{name: none, newName: a, newTag: b}]", "[]");
        assertThatThrownBy(() -> Kustomization.build(folder)).hasMessageContaining("none");
    }

    private Object typed(String yaml) throws IOException {
        return Manifests.typed(Kustomization.documents(Files.writeString(folder.resolve("one.yaml"), yaml))
                .get(0));
    }

    private void overlay(String text, String patch) throws IOException {
        Files.writeString(folder.resolve("kustomization.yaml"), "kind: Kustomization\n" + text);
        Files.writeString(folder.resolve("a.yaml"), "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n");
        Files.writeString(folder.resolve("p.json"), patch);
    }
}
