#!/bin/sh
# Runs what needs a real PostgreSQL: the operational store, and the deployment without Docker. Installs it where it may.
set -eu
if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && ! command -v postgres >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing PostgreSQL"
        apt-get -qq update && apt-get -qq install -y --no-install-recommends postgresql >/dev/null
    else
        echo "PostgreSQL is needed. To bring it: sudo apt-get install postgresql" >&2
        exit 1
    fi
fi
exec "$VENV/bin/python" -m pytest -m postgres ${PYTEST_ARGS:-}
