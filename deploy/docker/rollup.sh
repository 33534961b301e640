#!/usr/bin/env bash
# Starts the roll-up app; with "health" queries a running one, without starting a JVM.
set -euo pipefail
home="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
if [ "${1:-}" = health ]; then
  exec 3<>"/dev/tcp/127.0.0.1/${SENSORIUM_HTTP_PORT:-8084}"
  printf 'GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  grep -q '^HTTP/1.[01] 200' <&3
  exit
fi
options=(-XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError "-Dsensorium.log=${SENSORIUM_LOG:-/tmp/rollup.log}")
if [ "${SENSORIUM_LOG_FORMAT:-text}" = json ]; then options+=("-Dlog4j2.configurationFile=classpath:log4j2-json.properties"); fi
exec java "${options[@]}" -cp "$home/classes:$home/lib/*" io.sensorium.rollup.RollupCommand "$@"
