// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

@AnalyzeClasses(
        packages = {"io.sensorium.job", "io.sensorium.operators"},
        importOptions = DoNotIncludeTests.class)
class ImportRulesTest {

    @ArchTest
    static final ArchRule PACKAGES_ARE_FREE_OF_CYCLES =
            slices().matching("io.sensorium.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ALIGNMENT_HAS_NO_FLINK_DEPENDENCY = classes()
            .that()
            .resideInAPackage("..job.alignment..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.sensorium.job.alignment..", "io.sensorium.operators.encode..", "java..");

    @ArchTest
    static final ArchRule INGEST_DOES_NOT_REACH_FORWARD = doesNotReach("ingest", "encode", "align", "fuse", "emit");

    @ArchTest
    static final ArchRule ENCODE_DOES_NOT_REACH_FORWARD = doesNotReach("encode", "align", "fuse", "emit");

    @ArchTest
    static final ArchRule ALIGN_DOES_NOT_REACH_FORWARD = doesNotReach("align", "fuse", "emit");

    @ArchTest
    static final ArchRule FUSE_DOES_NOT_REACH_FORWARD = doesNotReach("fuse", "emit");

    private static ArchRule doesNotReach(String stage, String... later) {
        return noClasses()
                .that()
                .resideInAPackage("..job." + stage + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        Stream.of(later).map(each -> "..job." + each + "..").toArray(String[]::new));
    }

    @ArchTest
    static final ArchRule NOTHING_DEPENDS_ON_AN_OPERATOR_TYPE = noClasses()
            .that()
            .resideOutsideOfPackage("io.sensorium.job.operator.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.sensorium.job.operator.*..");

    @ArchTest
    static final ArchRule OPERATOR_TYPES_DO_NOT_DEPEND_ON_EACH_OTHER =
            slices().matching("io.sensorium.job.operator.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule OPERATOR_TYPES_HAVE_NO_FLINK_OR_KAFKA_DEPENDENCY = noClasses()
            .that()
            .resideInAPackage("..job.operator..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink..", "org.apache.kafka..");

    @ArchTest
    static final ArchRule STAGES_BETWEEN_THE_ENDS_HAVE_NO_KAFKA_DEPENDENCY = noClasses()
            .that()
            .resideInAnyPackage("..job.encode..", "..job.align..", "..job.fuse..", "..job.config..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule NOTHING_DEPENDS_ON_RELOCATED_CLASSES =
            noClasses().should().dependOnClassesThat().resideInAPackage("..confluent.shaded..");

    @ArchTest
    static final ArchRule OPERATORS_HAVE_NO_FLINK_OR_KAFKA_DEPENDENCY = classes()
            .that()
            .resideInAPackage("io.sensorium.operators..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackages("org.apache.flink..", "org.apache.kafka..");
}
