package dev.waybill.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What may know what: decisions know no technology, adapters know decisions. */
class ArchitectureTest {
    private static final String ROOT = "dev.waybill.gateway.";
    private static final String[] PURE = {
        ROOT + "certificates",
        ROOT + "conversion",
        ROOT + "state",
        ROOT + "state.patch",
        ROOT + "state.apply",
        ROOT + "kinds",
        ROOT + "kinds.structural",
        ROOT + "kinds.cel",
        ROOT + "schema",
        ROOT + "podsecurity",
        ROOT + "rbac",
        ROOT + "events"
    };
    private static final String[] ADAPTERS = {"..kafka..", ROOT + "http..", ROOT + "conversion.http..", ROOT + "auth.."
    };

    private static final JavaClasses GATEWAY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.waybill.gateway");

    @Test
    void decisionsKnowNoTechnology() {
        noClasses()
                .that(resideInAnyPackage(PURE))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "org.apache.kafka..", "org.springframework..", "jakarta..", "java.net..", "java.nio.file.."))
                .check(GATEWAY);
    }

    @Test
    void decisionsKnowNoAdapter() {
        noClasses()
                .that(resideInAnyPackage(PURE))
                .should()
                .dependOnClassesThat(resideInAnyPackage(ADAPTERS).and(resideInAPackage("dev.waybill..")))
                .check(GATEWAY);
    }

    @Test
    void kafkaIsSpokenInKafkaPackagesOnly() {
        classes()
                .that(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "speak to Kafka",
                        type -> type.getDirectDependenciesFromSelf().stream()
                                .anyMatch(dependency -> dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("org.apache.kafka"))))
                .should()
                .resideInAPackage("..kafka")
                .check(GATEWAY);
    }

    @Test
    void rightsKnowNothingOfTheState() {
        noClasses()
                .that(resideInAnyPackage(ROOT + "rbac"))
                .should()
                .dependOnClassesThat(resideInAnyPackage(ROOT + "state..", ROOT + "kinds..", ROOT + "events.."))
                .check(GATEWAY);
    }

    @Test
    void kindsAndSchemasKnowNothingOfTheState() {
        noClasses()
                .that(resideInAnyPackage(ROOT + "kinds", ROOT + "kinds.structural", ROOT + "schema"))
                .should()
                .dependOnClassesThat(resideInAnyPackage(ROOT + "state..", ROOT + "events.."))
                .check(GATEWAY);
    }
}
