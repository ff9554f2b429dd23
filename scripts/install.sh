#!/bin/sh
# Installs what the lock names into $VENV, with uv when it is there, else with a uv fetched by pip into $VENV itself.
set -eu
what="${1:-run}"
if ! "$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
    echo "Python 3.11 or 3.12 is needed; '$PYTHON' is not one. Next: make run PYTHON=/path/to/python3.11" >&2
    exit 2
fi
if [ "$what" = run ]; then
    echo "Installing into $VENV: about 180 packages, 0.3 GB to download once, 1.0 GB on disk."
else
    echo "Installing what the tests need: about 30 packages more, 0.1 GB to download once."
fi
if [ ! -x "$VENV/bin/python" ]; then
    "$PYTHON" -m venv "$VENV"
fi
if command -v uv >/dev/null 2>&1; then
    uv="uv"
else
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
    [ -x "$VENV/bin/uv" ] || "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv="$VENV/bin/uv"
fi
export VIRTUAL_ENV="$VENV"
# Compiled once here: a run imports thousands of modules, and not every environment keeps what it compiles.
"$uv" pip install --quiet --compile-bytecode --no-deps --require-hashes -r requirements.lock
"$uv" pip install --quiet --no-deps --no-build-isolation -e .
# Every home takes over what dbt reads of its project here, and the script of the report.
"$VENV/bin/python" -m regulars.made_once
touch "$VENV/.installed"
if [ "$what" = dev ]; then
    "$uv" pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
    # An older DuckDB client, apart from ours: what analysts have must open what we publish.
    "$uv" pip install --quiet --no-deps --require-hashes --target "$VENV/duckdb-1.4" -r requirements-duckdb-1.4.lock
    touch "$VENV/.installed-dev"
fi
