#!/usr/bin/env bash
# Runs once, when PostgreSQL makes its data: one database and one role per service, closed to the other services; and the
# role of platform-api, to which the migrations grant keys and audits in all four, and nothing else.
set -euo pipefail

while IFS=: read -r _ _ database role password; do
  export database role password # to psql as variables of the environment: arguments are for everybody to see
  psql -v ON_ERROR_STOP=1 -qU "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
    \getenv role role
    \getenv password password
    CREATE ROLE :"role" LOGIN PASSWORD :'password';
SQL
  [ "$role" != platform ] || continue
  psql -v ON_ERROR_STOP=1 -qU "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
    \getenv database database
    \getenv role role
    CREATE DATABASE :"database" OWNER :"role" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
    REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
done < /run/heed/pgpass
