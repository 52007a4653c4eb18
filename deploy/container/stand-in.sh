#!/bin/sh
# Stands in for the entry point of the official image of PostgreSQL, of which it does what compose.yaml needs.
set -eu
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
mkdir -p "$PGDATA"
chown -R postgres:postgres /var/lib/postgresql
install -d -o postgres -g postgres /run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  as_postgres initdb --pgdata="$PGDATA" --encoding=UTF8 --auth-host=scram-sha-256 --auth-local=trust
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  as_postgres pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=" --wait start
  for file in /docker-entrypoint-initdb.d/*.sql; do
    as_postgres psql --set=ON_ERROR_STOP=1 --file="$file"
  done
  as_postgres pg_ctl --pgdata="$PGDATA" --wait stop
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D "$PGDATA" -c listen_addresses='*'
