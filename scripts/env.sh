#!/bin/sh
# Writes what docker-compose.yml asks for into .env: secrets of this machine's random source, and the settings of a server.
# Keeps every line that is there and adds what is missing, so it may run again, also after an upgrade.
set -eu
umask 077
file=".env"
part="$file.part"
if [ -f "$file" ]; then cp "$file" "$part"; else : >"$part"; fi
add() {
    grep -q "^$1=" "$part" || printf '%s=%s\n' "$1" "$2" >>"$part"
}
# 32 random bytes, in the letters that may stand in an address.
secret() {
    head -c 32 /dev/urandom | base64 | tr '+/' '-_'
}
add REGULARS_WORLD "${REGULARS_WORLD:-complete_journey}"
add AIRFLOW_PORT "${PORT:-8080}"
add AIRFLOW_BASE_URL "http://localhost:${PORT:-8080}"
add POSTGRES_PASSWORD "$(secret | tr -d =)"
add REGULARS_DATABASE_PASSWORD "$(secret | tr -d =)"
add REGULARS_ADMIN_PASSWORD "$(secret | tr -d =)"
add AIRFLOW_FERNET_KEY "$(secret)"
add AIRFLOW_SECRET_KEY "$(secret)"
add AIRFLOW_JWT_SECRET "$(secret)"
mv "$part" "$file"
echo "$file is complete. Keep it as safe as the data: docs/deploy.md says what depends on it."
