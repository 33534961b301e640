// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = {"io.sensorium.rollup", "io.sensorium.pipeline"},
        importOptions = DoNotIncludeTests.class)
class ImportRulesTest {

    @ArchTest
    static final ArchRule PACKAGES_ARE_FREE_OF_CYCLES =
            slices().matching("io.sensorium.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ROLL_UPS_HAVE_NO_JOB_DEPENDENCY = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sensorium.job..", "io.sensorium.operators..", "org.apache.flink..", "ai.onnxruntime..");

    @ArchTest
    static final ArchRule AGGREGATION_HAS_NO_HTTP_DEPENDENCY = noClasses()
            .that()
            .resideInAPackage("..rollup.aggregate..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..rollup.http..", "..rollup.feed..", "io.javalin..");

    @ArchTest
    static final ArchRule CONTRIBUTIONS_HAVE_NO_KAFKA_DEPENDENCY = noClasses()
            .that()
            .haveNameMatching(".*(ResultContribution|ResultsWatermark|Totals|Contribution)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule PIPELINE_FILE_HAS_NO_KAFKA_DEPENDENCY = noClasses()
            .that()
            .resideInAPackage("io.sensorium.pipeline..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..", "io.sensorium.rollup..", "io.sensorium.schemas..");
}
