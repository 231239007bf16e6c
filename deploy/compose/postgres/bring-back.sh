#!/bin/bash
# Lays the saved database /backups/postgres/$1 down in place of the present one, which is put aside; PostgreSQL must not run.
# The next start reads the log that was kept since, to its end.
set -euo pipefail
saved=/backups/postgres/$1
[ -s "$saved/base.tar.gz" ] && [ -s "$saved/started_at" ]
if [ -d "$PGDATA" ]; then
  mv "$PGDATA" "$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)"
fi
install -d -m 0700 "$PGDATA"
tar -xzf "$saved/base.tar.gz" -C "$PGDATA"
tar -xzf "$saved/pg_wal.tar.gz" -C "$PGDATA/pg_wal"
echo "restore_command = '/bin/sh /etc/dutyclock/fetch-wal.sh %f %p'" >>"$PGDATA/postgresql.auto.conf"
touch "$PGDATA/recovery.signal"
chown -R postgres:postgres "$PGDATA"
