#!/bin/sh
# Runs every test, or those TIER names. Installs Chromium where it may (root on Debian); elsewhere names what is left out. In CI nothing may be.
set -eu
if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Chromium for the browser tests"
        apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null
    fi
fi
set -- -m "${TIER:=not postgres and not week}"
if ! command -v chromium >/dev/null 2>&1; then
    echo "Left out: the browser tests, since there is no Chromium. To bring it: sudo apt-get install chromium" >&2
    [ -z "${CI:-}" ] || exit 1
    set -- -m "not browser and $TIER"
fi
exec "$VENV/bin/python" -m pytest -n 2 --dist loadgroup "$@" ${PYTEST_ARGS:-}
