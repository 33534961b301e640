# The fusion job on Flink. Context: the project's root, after mvn -DskipTests package.
FROM flink:2.2.0-java17

# A volume at /state takes over its owner; usrlib is Flink's own folder for the jars of an application cluster.
RUN mkdir -p /state /opt/flink/usrlib \
 && chown flink:flink /state /opt/flink/usrlib
USER flink
COPY --chown=flink:flink processors/job-jar/target/sensorium-job.jar /opt/flink/usrlib/sensorium-job.jar
# Without a UTF-8 locale Java cannot name files with letters beyond ASCII.
ENV SENSORIUM_LOG_FORMAT=json LANG=C.UTF-8
