// SPDX-License-Identifier: Apache-2.0
package io.sensorium.integration;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.client.deployment.application.ApplicationClusterEntryPoint;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.runtime.entrypoint.ClusterEntrypoint;
import org.apache.flink.runtime.resourcemanager.StandaloneResourceManagerFactory;

/**
 * A JobManager that runs one job, as {@code standalone-job} in Flink's image. The image's own main class is in
 * flink-dist, which is not on Maven Central; this one makes the same calls of the same base class.
 */
public final class ApplicationJobManager extends ApplicationClusterEntryPoint {

    private ApplicationJobManager(Configuration configuration, PackagedProgram program) {
        super(configuration, program, StandaloneResourceManagerFactory.getInstance());
    }

    /** @param arguments the configuration's folder, the job's jar and id, its main class and its arguments */
    public static void main(String[] arguments) throws Exception {
        File jar = new File(arguments[1]);
        // As the image's usrlib: every process has the jar at the same path, and none is sent.
        PackagedProgram program = PackagedProgram.newBuilder()
                .setUserClassPaths(List.of(jar.toURI().toURL()))
                .setEntryPointClassName(arguments[3])
                .setArguments(Arrays.copyOfRange(arguments, 4, arguments.length))
                .build();
        Configuration configuration = GlobalConfiguration.loadConfiguration(arguments[0]);
        configuration.set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, arguments[2]);
        configuration.removeKey("metrics.reporters");
        configureExecution(configuration, program);
        ClusterEntrypoint.runClusterEntrypoint(new ApplicationJobManager(configuration, program));
    }
}
