package dev.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.config.ClusterConfig;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes several pods one broker: redis and dynamodb have it, embedded does not. */
class ClusterManifestsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("dev.mooring.k8s.ManifestsTest#variants")
    @DisplayName("the autoscaler has the say over the number of nodes, by a metric that there is")
    void autoscaler(Manifests m) throws IOException {
        assertThat(m.isClustered()).isEqualTo(!m.name().equals("embedded"));
        if (!m.isClustered()) {
            assertThat(m.each(HorizontalPodAutoscaler.class)).isEmpty();
            assertThat(m.nodes().getSpec().getReplicas()).isEqualTo(1);
            return;
        }
        HorizontalPodAutoscaler scaler = m.one(HorizontalPodAutoscaler.class);
        assertThat(m.nodes().getSpec().getReplicas()).isNull();
        assertThat(scaler.getSpec().getMinReplicas())
                .as("one may go, and another one be lost, and there is one still")
                .isGreaterThanOrEqualTo(3);
        assertThat(scaler.getSpec().getScaleTargetRef().getKind()).isEqualTo(StatefulSet.class.getSimpleName());
        assertThat(scaler.getSpec().getScaleTargetRef().getName())
                .isEqualTo(m.nodes().getMetadata().getName());
        var pods = scaler.getSpec().getMetrics().get(0).getPods();
        String metric = pods.getMetric().getName();
        assertThat(Files.readString(Path.of("docs/metrics.md"))).contains("| `" + metric + "` | gauge |");
        ObjectNode adapter = Kustomization.documents(Path.of("monitoring/prometheus-adapter.yml"))
                .get(0);
        assertThat(adapter.at("/rules/custom/0/name/as").asText()).isEqualTo(metric);
        assertThat(adapter.at("/rules/custom/0/seriesQuery").asText()).startsWith(metric + "{");
        double most = ManifestsTest.configuration(m, folder).limits().connectionsMax();
        double target = target(scaler.getSpec());
        int fewest = scaler.getSpec().getMinReplicas();
        assertThat(fewest * target)
                .as("room for the clients of a node that goes")
                .isBetween((fewest - 1) * most * 0.9, (fewest - 1) * most);
    }

    @ParameterizedTest
    @MethodSource("dev.mooring.k8s.ManifestsTest#variants")
    @DisplayName("nodes of a cluster find each other by the headless service, at ports that only they may reach")
    void nodes(Manifests m) throws IOException {
        ClusterConfig cluster = ManifestsTest.configuration(m, folder).cluster();
        assertThat(cluster.enable()).isEqualTo(m.isClustered());
        Set<String> between = Set.of("members", "links");
        if (!m.isClustered()) {
            assertThat(ManifestsTest.ports(m).keySet()).doesNotContainAnyElementsOf(between);
            return;
        }
        assertThat(cluster.serviceDns()).isEqualTo(m.nodes().getSpec().getServiceName());
        assertThat(cluster.host()).as("the pod's address").isEqualTo("10.0.0.7");
        assertThat(cluster.secret()).isNotEmpty();
        assertThat(ManifestsTest.ports(m).get("members").getContainerPort()).isEqualTo(cluster.port());
        assertThat(ManifestsTest.ports(m).get("links").getContainerPort()).isEqualTo(cluster.linkPort());
        assertThat(m.nodes().getSpec().getPodManagementPolicy())
                .as("a node that waits for another one must not keep it from being started")
                .isEqualTo("Parallel");
        NetworkPolicySpec policy = m.one(NetworkPolicy.class).getSpec();
        List<IntOrString> names = List.of(new IntOrString("members"), new IntOrString("links"));
        assertThat(policy.getIngress())
                .filteredOn(
                        r -> r.getPorts().stream().anyMatch(p -> names.get(0).equals(p.getPort())))
                .singleElement()
                .satisfies(r -> assertOnlyNodes(m, names, r.getPorts(), r.getFrom()));
        assertThat(policy.getEgress())
                .filteredOn(
                        r -> r.getPorts().stream().anyMatch(p -> names.get(0).equals(p.getPort())))
                .singleElement()
                .satisfies(r -> assertOnlyNodes(m, names, r.getPorts(), r.getTo()));
        for (Service service : m.each(Service.class)) {
            assertThat(service.getSpec().getPorts())
                    .extracting(p -> p.getTargetPort().getStrVal())
                    .doesNotContainAnyElementsOf(between);
        }
    }

    private static void assertOnlyNodes(
            Manifests m, List<IntOrString> names, List<NetworkPolicyPort> ports, List<NetworkPolicyPeer> peers) {
        assertThat(ports).extracting(NetworkPolicyPort::getPort).containsExactlyInAnyOrderElementsOf(names);
        assertThat(peers).singleElement().satisfies(peer -> {
            assertThat(peer.getNamespaceSelector()).isNull();
            assertThat(peer.getPodSelector().getMatchLabels()).isNotEmpty();
            assertThat(m.podLabels()).containsAllEntriesOf(peer.getPodSelector().getMatchLabels());
        });
    }

    /** Clients of a node at which another one is started. */
    static double target(HorizontalPodAutoscalerSpec scaler) {
        return scaler.getMetrics()
                .get(0)
                .getPods()
                .getTarget()
                .getAverageValue()
                .getNumericalAmount()
                .doubleValue();
    }
}
