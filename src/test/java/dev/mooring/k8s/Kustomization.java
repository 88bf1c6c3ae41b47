package dev.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The part of kustomize that our overlays use, and stricter: whatever is not known here, leads nowhere or is there
 * twice is an error.
 */
final class Kustomization {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KNOWN = Set.of(
            "apiVersion",
            "kind",
            "namespace",
            "resources",
            "components",
            "configMapGenerator",
            "generatorOptions",
            "images",
            "patches");

    private final List<ObjectNode> objects = new ArrayList<>();

    private Kustomization() {}

    /** What {@code kubectl apply -k} would send. */
    static List<ObjectNode> build(Path overlay) throws IOException {
        Kustomization all = new Kustomization();
        all.add(overlay, "Kustomization");
        return all.objects;
    }

    /** All documents of a file; a key that is there twice is an error. */
    static List<ObjectNode> documents(Path file) throws IOException {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<ObjectNode> documents = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(options)).loadAll(Files.readString(file))) {
            documents.add(JSON.valueToTree(document));
        }
        return documents;
    }

    private void add(Path folder, String kind) throws IOException {
        ObjectNode own = documents(folder.resolve("kustomization.yaml")).get(0);
        assertThat(own.path("kind").asText()).as(folder + ": kind").isEqualTo(kind);
        own.fieldNames()
                .forEachRemaining(
                        name -> assertThat(KNOWN).as(folder.toString()).contains(name));
        for (JsonNode resource : own.path("resources")) {
            Path path = folder.resolve(resource.asText()).normalize();
            if (Files.isDirectory(path)) {
                add(path, "Kustomization");
            } else {
                for (ObjectNode object : documents(path)) {
                    add(object);
                }
            }
        }
        for (JsonNode map : own.path("configMapGenerator")) {
            assertThat(own.at("/generatorOptions/disableNameSuffixHash").asBoolean())
                    .as(folder + ": names with hashes are not known here")
                    .isTrue();
            add(configMap(folder, map));
        }
        for (JsonNode component : own.path("components")) {
            add(folder.resolve(component.asText()).normalize(), "Component");
        }
        for (JsonNode patch : own.path("patches")) {
            ObjectNode target = one(
                    patch.at("/target/kind").asText(), patch.at("/target/name").asText());
            Path file = folder.resolve(patch.path("path").asText());
            JSON.readTree(Files.readString(file)).forEach(step -> apply(step, target, file));
        }
        for (JsonNode image : own.path("images")) {
            rename(image);
        }
        if (own.has("namespace")) {
            objects.forEach(o -> ((ObjectNode) o.path("metadata")).set("namespace", own.path("namespace")));
        }
    }

    private void add(ObjectNode object) {
        String name = object.at("/metadata/name").asText();
        assertThat(name).as("name of " + object).isNotEmpty();
        assertThat(find(object.path("kind").asText(), name)).as("there already").isEmpty();
        objects.add(object);
    }

    private static ObjectNode configMap(Path folder, JsonNode generator) throws IOException {
        ObjectNode map = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
        map.putObject("metadata").set("name", generator.path("name"));
        ObjectNode data = map.putObject("data");
        for (JsonNode file : generator.path("files")) {
            data.put(file.asText(), Files.readString(folder.resolve(file.asText())));
        }
        assertThat(data).isNotEmpty();
        return map;
    }

    private List<ObjectNode> find(String kind, String name) {
        return objects.stream()
                .filter(o -> o.path("kind").asText().equals(kind)
                        && o.at("/metadata/name").asText().equals(name))
                .toList();
    }

    private ObjectNode one(String kind, String name) {
        List<ObjectNode> found = find(kind, name);
        assertThat(found).as("target of a patch: " + kind + " " + name).hasSize(1);
        return found.get(0);
    }

    /** One step of RFC 6902; of its operations those three that we use. */
    private static void apply(JsonNode step, ObjectNode target, Path file) {
        String path = step.path("path").asText();
        int slash = path.lastIndexOf('/');
        String last = path.substring(slash + 1);
        JsonNode parent = target.at(path.substring(0, slash));
        String op = step.path("op").asText();
        assertThat(Set.of("add", "replace", "remove")).as(file + ": op").contains(op);
        if (!op.equals("add")) {
            assertThat(target.at(path).isMissingNode())
                    .as(file + ": no " + path)
                    .isFalse();
        }
        if (parent instanceof ObjectNode object) {
            assertThat(op.equals("add") && object.has(last))
                    .as(file + ": " + path + " is there already")
                    .isFalse();
            if (op.equals("remove")) {
                object.remove(last);
            } else {
                object.set(last, step.path("value"));
            }
        } else {
            assertThat(parent).as(file + ": parent of " + path).isInstanceOf(ArrayNode.class);
            assertThat(op).as(file + ": of lists only add is known").isEqualTo("add");
            ArrayNode list = (ArrayNode) parent;
            list.insert(last.equals("-") ? list.size() : Integer.parseInt(last), step.path("value"));
        }
    }

    private void rename(JsonNode image) {
        int renamed = 0;
        for (ObjectNode object : objects) {
            for (Iterator<JsonNode> it = object.findParents("image").iterator(); it.hasNext(); ) {
                if (it.next() instanceof ObjectNode container
                        && container.path("image").equals(image.path("name"))) {
                    container.put(
                            "image",
                            image.path("newName").asText() + ":"
                                    + image.path("newTag").asText());
                    renamed++;
                }
            }
        }
        assertThat(renamed)
                .as("containers with the image " + image.path("name"))
                .isPositive();
    }
}
