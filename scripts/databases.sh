#!/bin/sh
# Run once by the Postgres image when its volume is empty: one role without special rights, and its two databases.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$REGULARS_DATABASE_PASSWORD" --username postgres --dbname postgres <<'SQL'
create role regulars login password :'password';
create database airflow owner regulars;
create database operations owner regulars;
SQL
