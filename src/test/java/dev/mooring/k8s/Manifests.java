package dev.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What one variant applies, as typed objects. Reading is strict: a field that Kubernetes does not know, or that has
 * another type there, is an error.
 */
record Manifests(String name, List<Object> objects) {
    private static final Path K8S = Path.of("k8s");
    private static final Map<String, Class<?>> TYPES = Map.of(
            "v1/ConfigMap", ConfigMap.class,
            "v1/Service", Service.class,
            "v1/ServiceAccount", ServiceAccount.class,
            "apps/v1/StatefulSet", StatefulSet.class,
            "autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
            "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class,
            "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class);

    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .annotationIntrospector(new NoUnknownFields())
            .build();

    /** The types would take any field into a map of additional ones. */
    private static final class NoUnknownFields extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasAnySetter(Annotated a) {
            return false;
        }
    }

    /** Every variant that there is. */
    static List<Manifests> all() throws IOException {
        List<Manifests> all = new ArrayList<>();
        for (String overlay : List.of("embedded", "redis", "dynamodb")) {
            all.add(of(overlay, Kustomization.build(K8S.resolve("overlays").resolve(overlay))));
        }
        return all;
    }

    /** Whether its nodes are one broker. */
    boolean isClustered() {
        return container().getArgs().contains("-cluster");
    }

    static Manifests of(String name, List<ObjectNode> trees) {
        return new Manifests(name, trees.stream().map(Manifests::typed).toList());
    }

    static Object typed(JsonNode tree) {
        String type = tree.path("apiVersion").asText() + "/" + tree.path("kind").asText();
        assertThat(TYPES).as("kinds that are known here").containsKey(type);
        try {
            return STRICT.treeToValue(tree, TYPES.get(type));
        } catch (IOException e) {
            throw new AssertionError(type + " " + tree.at("/metadata/name") + ": " + e.getMessage(), e);
        }
    }

    <T> List<T> each(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T> T one(Class<T> type) {
        List<T> found = each(type);
        assertThat(found).as(name + ": " + type.getSimpleName()).hasSize(1);
        return found.get(0);
    }

    StatefulSet nodes() {
        return one(StatefulSet.class);
    }

    Container container() {
        List<Container> containers = nodes().getSpec().getTemplate().getSpec().getContainers();
        assertThat(containers).hasSize(1);
        return containers.get(0);
    }

    Map<String, String> podLabels() {
        return nodes().getSpec().getTemplate().getMetadata().getLabels();
    }

    String configuration() {
        return one(ConfigMap.class).getData().get("conf.json");
    }

    @Override
    public String toString() {
        return name;
    }
}
