#!/usr/bin/env bash
# Makes what the example producers of one language need, below .cache, and prints where it is:
#   prepare.sh java     a class path with the program `Producer`; wants Kafka's jars in .cache/kafka-libs
#   prepare.sh go       a folder with the programs `producer` and `cloudevents`
#   prepare.sh python   a Python interpreter with the packages of requirements.txt
# Nothing is made twice; what is made appears whole or not at all.
set -Eeuo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/producers
mkdir -p "$cache"

# The version is part of the name, so that another one is made when it changes.
digest() { cat "$@" | sha256sum | cut -c1-16; }

prepare_java() {
  local libs built staging
  libs=$(dirname "$cache")/kafka-libs
  built=$cache/java-$(digest "$here/java/producer.java")
  if [ ! -d "$built" ]; then
    staging=$(mktemp -d "$cache/unfinished.XXXXXX")
    javac -d "$staging" -cp "$libs/*" "$here/java/producer.java" >&2
    mv -T "$staging" "$built" 2>/dev/null || rm -rf "$staging"
  fi
  echo "$built:$libs/*"
}

prepare_go() {
  local built staging
  built=$cache/go-$(digest "$here"/go/go.{mod,sum} "$here"/go/*/main.go)
  if [ ! -d "$built" ]; then
    staging=$(mktemp -d "$cache/unfinished.XXXXXX")
    GOMODCACHE=$cache/go-modules GOCACHE=$cache/go-build CGO_ENABLED=0 GOFLAGS=-modcacherw \
      go build -C "$here/go" -o "$staging/" ./... >&2
    mv -T "$staging" "$built" 2>/dev/null || rm -rf "$staging"
  fi
  echo "$built"
}

prepare_python() {
  local built staging
  built=$cache/python-$(digest "$here/requirements.txt")
  if [ ! -f "$built/complete" ]; then
    # A virtual environment knows its own path, so it is made where it stays; the mark says it is whole.
    exec 9>"$built.lock"
    flock 9
    if [ ! -f "$built/complete" ]; then
      python3 -m venv --clear "$built" >&2
      "$built/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" >&2
      touch "$built/complete"
    fi
  fi
  echo "$built/bin/python"
}

case ${1:-} in
  java | go | python) "prepare_$1" ;;
  *)
    echo "usage: prepare.sh java|go|python" >&2
    exit 2
    ;;
esac
