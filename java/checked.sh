#!/usr/bin/env bash
# Runs Maven, keeps what the JVMs print, and fails on any complaint of -Xcheck:jni. Usage: checked.sh LOG COMMAND…
set -euo pipefail

log=$1
shift
"$@" 2>&1 | tee "$log"
if grep -nE 'WARNING in native method|WARNING: JNI|FATAL ERROR in native method' "$log"; then
    echo "-Xcheck:jni complains: see $log" >&2
    exit 1
fi
