package io.sensorium.job;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = {"io.sensorium.job", "io.sensorium.operators"}, importOptions = DoNotIncludeTests.class)
class ImportRulesTest {

    @ArchTest
    static final ArchRule ALIGNMENT_IS_DECIDED_WITHOUT_FLINK = noClasses().that().resideInAPackage("..align..")
            .and().haveNameNotMatching(".*(AlignOperator|Alarm|DescriptionState|SubjectElementSerializer|SavedWatermarkSerializer|WatermarkState|SubjectStore|AlignMetrics).*")
            .should().dependOnClassesThat().resideInAnyPackage("org.apache.flink..", "org.apache.kafka..", "org.apache.avro..", "ai.onnxruntime..", "io.sensorium.operators..");

    @ArchTest
    static final ArchRule STAGES_DO_NOT_REACH_FORWARD = noClasses().that().resideInAnyPackage("..ingest..", "..encode..", "..align..")
            .should().dependOnClassesThat().resideInAPackage("..job.fuse..");

    @ArchTest
    static final ArchRule KAFKA_IS_TOUCHED_AT_THE_ENDS_ONLY = noClasses().that().resideInAnyPackage("..job.encode..", "..job.align..", "..job.fuse..", "..job.config..")
            .should().dependOnClassesThat().resideInAPackage("org.apache.kafka..");

    @ArchTest
    static final ArchRule THE_RELOCATED_CLIENT_STAYS_IN_ITS_ROOM = noClasses().should().dependOnClassesThat().resideInAPackage("..confluent.shaded..");

    @ArchTest
    static final ArchRule OPERATORS_KNOW_NO_STREAMS = classes().that().resideInAPackage("io.sensorium.operators..")
            .should().onlyDependOnClassesThat().resideOutsideOfPackages("org.apache.flink..", "org.apache.kafka..");
}
