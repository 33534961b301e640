# The fusion job with CUDA. Context: the project's root, after mvn -Pgpu -DskipTests package: its job jar carries onnxruntime_gpu.
FROM flink:2.2.0-java17 AS flink

FROM nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless curl gosu libjemalloc2 gettext-base \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid=9999 flink \
 && useradd --system --home-dir /opt/flink --uid=9999 --gid=flink flink
# Without a UTF-8 locale Java cannot name files with letters beyond ASCII.
ENV LANG=C.UTF-8
ENV FLINK_HOME=/opt/flink PATH=/opt/flink/bin:$PATH JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
COPY --from=flink --chown=flink:flink /opt/flink /opt/flink
COPY --from=flink /docker-entrypoint.sh /docker-entrypoint.sh
WORKDIR /opt/flink
RUN mkdir -p /state /opt/flink/usrlib \
 && chown flink:flink /state /opt/flink/usrlib
USER flink
COPY --chown=flink:flink processors/job-jar/target/sensorium-job.jar /opt/flink/usrlib/sensorium-job.jar
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 6123 8081
CMD ["help"]
