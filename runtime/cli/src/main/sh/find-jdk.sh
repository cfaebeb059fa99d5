# Sourced by the adamas launcher and by .ci/run. POSIX sh.
#
# find_jdk exports JAVA_HOME of a JDK 25: the one that JAVA_HOME names already, else the first in
# the usual folders. A runtime without a compiler and other versions are passed over, because the
# code is compiled for exactly this version (the Vector API is still incubating).

is_jdk_25() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] && grep -q '^JAVA_VERSION="25[".+-]' "$1/release"
}

find_jdk() {
  for jdk in \
    "${JAVA_HOME-}" "${JAVA_HOME_25_X64-}" "${JAVA_HOME_25_ARM64-}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /usr/local/openjdk* \
    /opt/* /opt/java/* /opt/jdk/* \
    "${SDKMAN_DIR:-${HOME-}/.sdkman}"/candidates/java/* \
    "${HOME-}"/.jdks/* "${HOME-}"/.gradle/jdks/* \
    "${ASDF_DATA_DIR:-${HOME-}/.asdf}"/installs/java/* \
    "${HOME-}"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$jdk" ] && is_jdk_25 "$jdk"; then
      JAVA_HOME=$jdk
      export JAVA_HOME
      return 0
    fi
  done
  cat >&2 <<'END'
Adamas needs a JDK 25 (a JDK with javac, not only a Java runtime), and none was found.
Install one: 'sdk install java 25-tem' (SDKMAN), or your system's package for JDK 25, such as temurin-25-jdk or openjdk-25-jdk.
If it is in an unusual folder, set JAVA_HOME to that folder and start again.
END
  return 1
}
