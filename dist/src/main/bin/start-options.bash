# Sets the array start: options of the JVM that make it start sooner.
# Arguments: the command, its class path, a folder for class-data archives.
start_options() {
  start=()
  case "$1" in
    demo) start+=(-XX:TieredStopAtLevel=1) ;;
    run) ;;
    *) return 0 ;;
  esac
  # The first start lists the classes that it loads, the next one makes an archive of them in the background.
  local java base
  java="$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")" && mkdir -p "$3" 2>/dev/null || return 0
  base="$3/$1-$(IFS=:; set -f; ls -lL "$(readlink -f "$java")" $2 2>/dev/null | cksum | cut -d ' ' -f 1)"
  if [ -f "$base.jsa" ]; then
    start+=("-XX:SharedArchiveFile=$base.jsa" -Xshare:auto -Xlog:cds=off)
  elif [ ! -e "$base.classes" ]; then
    rm -rf "$3/$1-"*
    if touch "$base.classes" 2>/dev/null; then start+=("-XX:DumpLoadedClassList=$base.classes"); fi
  elif mkdir "$base.making" 2>/dev/null; then
    echo "making a class-data archive in the background, with which later starts are faster: $base.jsa" >&2
    # Classes that the archiving JVM makes for method handles have no bytes to show: agents and Flight Recorder crash the JVM.
    (trap '' INT HUP TERM
      grep -v '^@lambda-form-invoker' "$base.classes" > "$base.list"
      CLASSPATH="$2" nice -n 19 "$java" -Xshare:dump -XX:SharedClassListFile="$base.list" -XX:SharedArchiveFile="$base.fresh" \
        -XX:TieredStopAtLevel=1 -Xlog:disable && mv "$base.fresh" "$base.jsa"
      rm -f "$base.list"
      rmdir "$base.making") > /dev/null 2>&1 < /dev/null &
  fi
}
