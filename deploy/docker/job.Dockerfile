# The fusion job on Flink. Context: the project's root, after mvn -DskipTests package.
FROM flink:2.2.0-java17

USER flink
# Flink's own folder for the jars of an application cluster.
RUN mkdir -p /opt/flink/usrlib
COPY --chown=flink:flink processors/job-jar/target/sensorium-job.jar /opt/flink/usrlib/sensorium-job.jar
ENV SENSORIUM_LOG_FORMAT=json
