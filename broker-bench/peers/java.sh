#!/usr/bin/env bash
# Prints the path of a java of version 21 or newer: $JAVA, of $JAVA_HOME, of the PATH, or the newest installed.
is_new() {
  command -v "$1" >/dev/null && [ "$("$1" -XshowSettings:properties -version 2>&1 |
    sed -n 's/.*java.specification.version = //p')" -ge 21 ] 2>/dev/null
}
for java in "${JAVA:-}" "${JAVA_HOME:+$JAVA_HOME/bin/java}" java $(ls -d /usr/lib/jvm/*/bin/java 2>/dev/null | sort -Vr); do
  if [ -n "$java" ] && is_new "$java"; then
    command -v "$java"
    exit 0
  fi
done
echo "no java of version 21 or newer: set JAVA" >&2
exit 3
