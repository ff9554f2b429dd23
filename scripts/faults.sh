#!/bin/sh
# Tries every fault. Brings strace and faketime where it may (root on Debian); elsewhere rows that need them are left out
# and named. In CI nothing may be.
set -eu
missing=""
for program in strace faketime; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing"
    # shellcheck disable=SC2086 # names of packages, one word each
    apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing >/dev/null
    missing=""
fi
[ -z "$missing" ] || echo "To bring what some faults need: sudo apt-get install$missing" >&2
exec "$VENV/bin/python" -m tests.faults ${FAULTS_ARGS:-}
