#!/usr/bin/env bash
# The JAR alone on a class path, from an empty folder: that it works, and what it says where it cannot.
# Usage: run.sh JAR LEFT_OUT JAVA…
set -euo pipefail

jar=$(readlink -f "$1")
left_out=$2
shift 2
smoke=$(readlink -f "$(dirname "$0")/Smoke.java")
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
cd "$empty"
mkdir run tmp
passed=0

run() { # run JAVA TMPDIR
    (cd run && "$1" -Xcheck:jni -Djava.io.tmpdir="$2" -cp "$jar" "$smoke" 2>/dev/null)
}
expect() { # expect WHAT OUTPUT PATTERN…
    local what=$1 output=$2 pattern
    shift 2
    for pattern in "$@"; do
        if ! grep -qE -- "$pattern" <<<"$output"; then
            printf '%s: expected "%s" in:\n%s\n' "$what" "$pattern" "$output" >&2
            exit 1
        fi
    done
    passed=$((passed + 1))
}

foreign=$(unzip -l "$jar" | awk '{print $4}' | grep -E '\.class$' | grep -v '^io/skm/' || true)
if [ -n "$foreign" ]; then
    echo "$jar holds classes of others, such as ${foreign%%$'\n'*}" >&2
    exit 1
fi
expect manifest "$(unzip -p "$jar" META-INF/MANIFEST.MF)" 'Automatic-Module-Name: io.skm'

for java in "$@"; do
    expect "$java" "$(run "$java" "$empty/tmp")" '^smoke: green is green, red is not$'
    left=$(find tmp run -mindepth 1)
    if [ -n "$left" ]; then
        echo "$java: something was left behind: $left" >&2
        exit 1
    fi
done

# A private mount namespace: nothing is mounted for anybody else.
if unshare --mount true 2>/dev/null; then
    export -f run
    export jar smoke
    mounted() { # mounted OPTIONS
        unshare --mount bash -c "mount -t tmpfs -o $1 skm-smoke '$empty/tmp' && run '$2' '$empty/tmp'"
    }
    for java in "$@"; do
        expect "$java, noexec" "$(mounted noexec "$java")" 'smoke: library_not_loaded' 'noexec' '-Djava.io.tmpdir' \
            '-Dskm.library.path'
        expect "$java, read-only" "$(mounted ro "$java")" 'smoke: library_not_loaded' '[Rr]ead-only' '-Djava.io.tmpdir' \
            '-Dskm.library.path'
    done
else
    echo "LEFT OUT: Java: noexec and read-only temporary folders: mounting needs root" | tee -a "$left_out"
fi

# The way out that the messages name.
mkdir unpacked
unzip -qj "$jar" 'native/*' -d unpacked
for java in "$@"; do
    expect "$java, unpacked" "$(JAVA_TOOL_OPTIONS=-Dskm.library.path="$empty/unpacked" run "$java" /nowhere)" \
        '^smoke: green is green, red is not$'
done
echo "smoke: $passed passed, 0 failed"
