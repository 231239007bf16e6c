#!/bin/bash
# Starts PostgreSQL in its container: with the installation's password and certificate, every finished piece of its log kept.
set -euo pipefail

POSTGRES_PASSWORD=$(cat /run/secrets/password)
export POSTGRES_PASSWORD

# PostgreSQL takes a key only from a file of its own user, whose number differs between images.
install -m 0644 -o postgres -g postgres /run/secrets/tls.crt /etc/dutyclock/pg_hba.conf /run/dutyclock/
install -m 0600 -o postgres -g postgres /run/secrets/tls.key /run/dutyclock/
install -d -m 0755 -o postgres -g postgres /backups/postgres /backups/wal

tls=(-c ssl=on -c ssl_cert_file=/run/dutyclock/tls.crt -c ssl_key_file=/run/dutyclock/tls.key -c ssl_min_protocol_version=TLSv1.3)
if [ "${DUTYCLOCK_POSTGRES_TLS:-on}" = off ]; then
  echo "POSTGRESQL SPEAKS WITHOUT TLS: DUTYCLOCK_POSTGRES_TLS is off." >&2
  tls=()
  sed -i 's/^hostssl/host   /' /run/dutyclock/pg_hba.conf
fi

exec docker-entrypoint.sh postgres "${tls[@]}" \
  -c hba_file=/run/dutyclock/pg_hba.conf \
  -c archive_mode=on -c archive_command='/bin/sh /etc/dutyclock/keep-wal.sh %p %f' -c archive_timeout=60 \
  -c max_connections=200 -c shared_buffers=512MB -c max_wal_size=4GB -c wal_compression=on \
  -c log_min_duration_statement=1000 -c log_checkpoints=off -c timezone=UTC -c log_timezone=UTC
