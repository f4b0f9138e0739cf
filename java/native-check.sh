#!/usr/bin/env bash
# What the shipped library needs and shows. Usage: native-check.sh LIBRARY GLIBC
set -euo pipefail

library=$1
floor=$2

newest=$(objdump -T "$library" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
if [ "$(printf '%s\n' "GLIBC_$floor" "$newest" | sort -V | tail -1)" != "GLIBC_$floor" ]; then
    echo "$library needs $newest, more than glibc $floor" >&2
    exit 1
fi
if nm -D --defined-only "$library" | grep -i testing; then
    echo "$library has functions of the feature testing" >&2
    exit 1
fi
strange=$(nm -D --defined-only "$library" | awk '{print $3}' | grep -vE '^(Java_io_skm_Native_|JNI_OnLoad$)' || true)
if [ -n "$strange" ]; then
    echo "$library exports more than its entries: $strange" >&2
    exit 1
fi
# Read to its end: a reader that stops early would make a long list look like none.
paths=$(grep -aoE "(/root|/home/[^/]+|$PWD)/[^[:cntrl:]]{0,60}" "$library" || true)
if [ -n "$paths" ]; then
    echo "$library holds paths of the machine that built it, such as ${paths%%$'\n'*}" >&2
    exit 1
fi
echo "$library: $(stat -c %s "$library") bytes, $newest"
