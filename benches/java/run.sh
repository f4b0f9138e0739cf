#!/usr/bin/env bash
# Compiles the benchmark beside the library's classes and runs it. Usage: run.sh CLASSES LIBRARY_FOLDER JARS OUTPUT_FOLDER
set -euo pipefail

classes=$1
library=$2
jars=$3
output=$4

mkdir -p "$output"
javac -cp "$classes:$jars/*" -d "$output" "$(dirname "$0")/Bench.java"
java -Dskm.library.path="$library" -cp "$output:$classes:$jars/*" io.skm.Bench
