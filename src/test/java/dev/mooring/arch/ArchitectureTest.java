package dev.mooring.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.mooring.dynamodb.NeedsNode;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. The table below is the whole of it: change it in the same commit as the code that needs the
 * change, and say why. Packages that do not exist yet may stand in it; a package that is not in it may not exist.
 */
@AnalyzeClasses(packages = "dev.mooring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** Package (with everything below it), and what of ours it may import: only packages of lines above its own. */
    private static final String MAY_IMPORT = """
            message
            bus       message
            metrics   message bus
            store     message bus metrics
            rule      message metrics store
            data      message store
            trace     message
            auth      message
            config    message store rule auth
            route     message bus
            session   message bus metrics store route
            mqtt      message bus metrics store route session rule trace auth config
            http      message bus metrics store route session rule trace auth config mqtt
            cli       message store data rule auth config
            """;

    /** These talk to Netty: the socket side, and Main, which chooses the transport. */
    private static final String[] MAY_SEE_NETTY = {"dev.mooring", "dev.mooring.mqtt.."};

    /** The session package is a pure state machine but for these: the authority over the sessions of one shard. */
    private static final Set<String> SESSION_AUTHORITY =
            Set.of("SessionVerticle", "Sessions", "SharedQueues", "Restore", "SessionEntry");

    private static final String ROOT = "dev.mooring";

    @ArchTest
    static final ArchRule packages_import_only_what_the_table_allows = classes()
            .should(importOnly(table()))
            .because("a PUBLISH passes the packages in one direction: see MAY_IMPORT in ArchitectureTest");

    @Test
    @DisplayName("what needs Node.js says so, so that the build can leave it out")
    void testsOnDynaliteAreMarked() {
        Set<String> dynalite = Set.of("Dynalite", "TestDynamoDb", "AwsFaults");
        classes()
                .that()
                .haveSimpleNameEndingWith("Test")
                .and()
                .areNotAnnotatedWith(NeedsNode.class)
                .should()
                .onlyDependOnClassesThat(describe("do not need Node.js", c -> !dynalite.contains(c.getSimpleName())))
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.OnlyIncludeTests())
                        .importPackages(ROOT));
    }

    @ArchTest
    static final ArchRule netty_stays_at_the_socket = noClasses()
            .that()
            .resideOutsideOfPackages(MAY_SEE_NETTY)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..")
            .because("buffers with reference counts must not leave the code that releases them");

    @ArchTest
    static final ArchRule sessions_know_no_vertx = noClasses()
            .that(belongToThePureSession())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..")
            .because("the specification tests and the simulation run sessions without threads and sockets");

    @ArchTest
    static final ArchRule sessions_are_told_the_time = noClasses()
            .that(belongToThePureSession())
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, ThreadLocalRandom.class)
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethod(UUID.class, "randomUUID")
            .because("time is an argument and randomness a seed, so that a failing run can be repeated");

    @ArchTest
    static final ArchRule names_say_a_job = noClasses()
            .should()
            .haveNameMatching(".*[.$](I[A-Z][^.$]*|Abstract[^.$]*|[^.$]*(Impl|Manager|Utils?|Helper|Base|Common))")
            .because("a class that cannot be named otherwise has no single job yet");

    @ArchTest
    static final ArchRule classes_stand_alone =
            classes().should(notExtendOurs()).because("behaviour is put together by composition and sealed interfaces");

    @ArchTest
    static final ArchRule logs_go_through_slf4j =
            noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..");

    @ArchTest
    static final ArchRule only_the_command_line_prints = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.mooring.Main")
            .and()
            .doNotHaveSimpleName("Banner")
            .and()
            .resideOutsideOfPackage("dev.mooring.cli..")
            .should(ACCESS_STANDARD_STREAMS)
            .because("stdout belongs to the log, which escapes what clients say");

    @Test
    @DisplayName("the table has no cycle: a package imports only from the lines above its own")
    void tableIsInOrder() {
        List<String> above = new ArrayList<>();
        table().forEach((name, allowed) -> {
            assertThat(above).as("imports of " + name).containsAll(allowed);
            above.add(name);
        });
    }

    private static DescribedPredicate<JavaClass> belongToThePureSession() {
        return DescribedPredicate.describe("belong to the pure part of the session package", type -> {
            JavaClass outer = type;
            while (outer.getEnclosingClass().isPresent()) {
                outer = outer.getEnclosingClass().get();
            }
            return station(type).equals("session") && !SESSION_AUTHORITY.contains(outer.getSimpleName());
        });
    }

    private static Map<String, List<String>> table() {
        Map<String, List<String>> table = new LinkedHashMap<>();
        for (String line : MAY_IMPORT.lines().toList()) {
            List<String> words = List.of(line.split("\\s+"));
            table.put(words.get(0), words.subList(1, words.size()));
        }
        return table;
    }

    private static ArchCondition<JavaClass> importOnly(Map<String, List<String>> table) {
        return new ArchCondition<>("import only what the table allows") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                String own = station(from);
                if (own.isEmpty()) {
                    return; // Main and its neighbours wire everything.
                }
                if (!table.containsKey(own)) {
                    events.add(SimpleConditionEvent.violated(from, own + " is not in the table: " + from.getName()));
                    return;
                }
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    JavaClass to = dependency.getTargetClass().getBaseComponentType();
                    boolean ours = to.getPackageName().equals(ROOT)
                            || to.getPackageName().startsWith(ROOT + ".");
                    String other = station(to);
                    if (ours && !other.equals(own) && !table.get(own).contains(other)) {
                        events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> notExtendOurs() {
        return new ArchCondition<>("not extend a class of ours") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getRawSuperclass()
                        .filter(parent -> parent.getPackageName().startsWith(ROOT))
                        .filter(parent -> !parent.isEnum()) // an enum constant with a body
                        .ifPresent(parent -> events.add(
                                SimpleConditionEvent.violated(type, type.getName() + " extends " + parent.getName())));
            }
        };
    }

    /** The package below the root that a class belongs to; empty for the root itself. */
    private static String station(JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(ROOT + ".")) {
            return "";
        }
        String below = name.substring(ROOT.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }
}
