package io.sensorium.rollup;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = {"io.sensorium.rollup", "io.sensorium.pipeline"}, importOptions = DoNotIncludeTests.class)
class ImportRulesTest {

    @ArchTest
    static final ArchRule THE_JOB_IS_MET_AT_TOPICS = noClasses().should().dependOnClassesThat().resideInAnyPackage("io.sensorium.job..", "io.sensorium.operators..", "org.apache.flink..", "ai.onnxruntime..");

    @ArchTest
    static final ArchRule ROLL_UPS_KNOW_NO_PAGE = noClasses().that().resideInAPackage("..rollup.aggregate..").should().dependOnClassesThat().resideInAnyPackage("..rollup.http..", "..rollup.feed..", "io.javalin..");

    @ArchTest
    static final ArchRule WHAT_COUNTS_IS_DECIDED_WITHOUT_STREAMS = noClasses().that().haveNameMatching(".*(ResultReading|ResultsWatermark|Totals|Contribution)").should()
            .dependOnClassesThat().resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule THE_FILE_KNOWS_NOBODY = noClasses().that().resideInAPackage("io.sensorium.pipeline..").should().dependOnClassesThat().resideInAnyPackage("org.apache.kafka..", "io.sensorium.rollup..", "io.sensorium.schemas..");
}
