package dev.waybill.system;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who may know whom: services each other not at all, decisions nothing of the technology around them. */
class LayeringTest {
    private static final JavaClasses WAYBILL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.waybill");

    private static final List<String> SERVICES = List.of("gateway", "scheduler", "quota", "image", "node");

    /** Packages that decide: facts, time and ids in, decisions out. */
    private static final String[] PURE = {
        "dev.waybill.scheduler",
        "dev.waybill.scheduler.cluster",
        "dev.waybill.scheduler.nodelife",
        "dev.waybill.scheduler.placement..",
        "dev.waybill.scheduler.workload",
        "dev.waybill.quota.pool",
        "dev.waybill.quota.metering",
        "dev.waybill.gateway.certificates",
        "dev.waybill.gateway.conversion",
        "dev.waybill.gateway.kinds",
        "dev.waybill.gateway.kinds.cel",
        "dev.waybill.gateway.podsecurity",
        "dev.waybill.scheduler.disruption",
        "dev.waybill.scheduler.endpoints",
        "dev.waybill.scheduler.selection",
        "dev.waybill.gateway.rbac",
        "dev.waybill.gateway.state",
        "dev.waybill.gateway.state.patch",
        "dev.waybill.image.credentials",
        "dev.waybill.image.pull",
        "dev.waybill.image.reference",
        "dev.waybill.image.registry",
        "dev.waybill.node.pod",
        "dev.waybill.node.resources",
        "dev.waybill.gateway.state.apply",
        "dev.waybill.gateway.events",
        "dev.waybill.gateway.metrics",
        "dev.waybill.node.token",
        "dev.waybill.scheduler.volume",
    };

    /** Packages named after the technology that they adapt to. */
    private static final String[] ADAPTERS = {
        "dev.waybill..kafka..",
        "dev.waybill..http..",
        "dev.waybill..redis..",
        "dev.waybill..oci..",
        "dev.waybill..cgroup..",
        "dev.waybill..cni..",
        "dev.waybill..overlay..",
        "dev.waybill..kernel..",
    };

    /** A service's main class puts its parts together, so it knows them all. */
    private static final DescribedPredicate<JavaClass> APPLICATION = simpleNameEndingWith("Application");

    @Test
    void everyModuleIsLookedAt() {
        assertThat(List.of("events", "runtime", "embedded", "gateway", "scheduler", "quota", "image", "standalone"))
                .allMatch(module -> WAYBILL.that(resideInAnyPackage("dev.waybill." + module + "..")).stream()
                        .anyMatch(alwaysTrue()));
    }

    @Test
    void servicesKnowTheSchemasAndTheRuntimeAndNeverEachOther() {
        for (String service : SERVICES) {
            String[] others = SERVICES.stream()
                    .filter(other -> !other.equals(service))
                    .map(other -> "dev.waybill." + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("dev.waybill." + service + "..")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(others).or(resideInAnyPackage("dev.waybill.embedded..")))
                    .allowEmptyShould(true)
                    .check(WAYBILL);
        }
    }

    @Test
    void whatIsSharedKnowsNoService() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.waybill.events..", "dev.waybill.runtime..", "dev.waybill.embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SERVICES.stream()
                        .map(service -> "dev.waybill." + service + "..")
                        .toArray(String[]::new))
                .check(WAYBILL);
        noClasses()
                .that()
                .resideInAPackage("dev.waybill.events..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.waybill.runtime..", "dev.waybill.embedded..", "org.springframework..")
                .check(WAYBILL);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.waybill.standalone..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.waybill.standalone..")
                .check(WAYBILL);
    }

    @Test
    void kafkaClientsAreKeptToTheSchemasTheRuntimeAndPackagesNamedAfterThem() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.waybill.events.serde",
                        "dev.waybill.events.catalog", // a node's partition is by Kafka's own hash
                        "dev.waybill.runtime",
                        "dev.waybill.embedded",
                        "dev.waybill.standalone.cli", // commands that show topics, as anybody could
                        "dev.waybill.standalone.demo",
                        "dev.waybill..kafka..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(WAYBILL);
    }

    @Test
    void decisionsAreFreeOfTechnology() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .and(DescribedPredicate.not(APPLICATION))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.kafka..",
                        "org.springframework..",
                        "io.lettuce..",
                        "jakarta..",
                        "java.net..",
                        "java.nio.file..",
                        "java.sql..")
                .check(WAYBILL);
    }

    @Test
    void decisionsAreGivenTheTimeAndTheirIds() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .check(WAYBILL);
    }

    @Test
    void adaptersKnowWhatTheyAdaptAndNeverTheReverse() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .and(DescribedPredicate.not(APPLICATION))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ADAPTERS)
                .check(WAYBILL);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .that()
                .resideInAPackage("dev.waybill..")
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .resideInAnyPackage("..common..", "..util..", "..utils..", "..impl..", "..helper..", "..misc..")
                .check(WAYBILL);
    }
}
