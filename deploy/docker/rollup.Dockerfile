# The roll-up app and its dashboard. Context: the project's root, after mvn -DskipTests package.
FROM eclipse-temurin:17-jre

RUN groupadd --system --gid 10001 sensorium \
 && useradd --system --uid 10001 --gid sensorium --home-dir /opt/sensorium sensorium \
 && mkdir -p /opt/sensorium /state \
 && chown sensorium:sensorium /opt/sensorium /state
# Libraries change seldom, the app often: two layers.
COPY --chown=sensorium:sensorium processors/rollup-app/target/lib /opt/sensorium/lib
COPY --chown=sensorium:sensorium processors/rollup-app/target/classes /opt/sensorium/classes
COPY --chown=sensorium:sensorium --chmod=0755 deploy/docker/rollup.sh /opt/sensorium/rollup.sh
# Without a UTF-8 locale Java cannot name files with letters beyond ASCII.
ENV LANG=C.UTF-8
USER 10001
WORKDIR /state
VOLUME /state
EXPOSE 8084
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["/opt/sensorium/rollup.sh", "health"]
ENTRYPOINT ["/opt/sensorium/rollup.sh"]
CMD ["-c", "/etc/sensorium/pipeline.yaml"]
