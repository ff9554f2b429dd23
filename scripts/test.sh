#!/bin/sh
# Runs every test, or those TIER names. Brings Chromium and strace where it may (root on Debian); elsewhere names what is
# left out. In CI nothing may be.
set -eu
for program in chromium strace; do
    if ! command -v "$program" >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $program for the tests"
        apt-get -qq update && apt-get -qq install -y --no-install-recommends "$program" >/dev/null
    fi
done
if ! command -v strace >/dev/null 2>&1; then
    echo "Left out: a fault that needs strace. To bring it: sudo apt-get install strace" >&2
    [ -z "${CI:-}" ] || exit 1
fi
set -- -m "${TIER:=not postgres and not week}"
if ! command -v chromium >/dev/null 2>&1; then
    echo "Left out: the browser tests, since there is no Chromium. To bring it: sudo apt-get install chromium" >&2
    [ -z "${CI:-}" ] || exit 1
    set -- -m "not browser and $TIER"
fi
# Three workers for two processors: an Airflow and a browser are waited for much of the time.
exec "$VENV/bin/python" -m pytest -n 3 --dist loadgroup "$@" ${PYTEST_ARGS:-}
