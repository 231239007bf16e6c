#!/bin/bash
# Saves the database while it runs, as /backups/postgres/$1: whole by itself, and the beginning for what lies in /backups/wal.
set -euo pipefail
name=$1
draft=/backups/postgres/$name.new
rm -rf "$draft"
started_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
pg_basebackup -h /var/run/postgresql -U dutyclock -D "$draft" --format=tar --gzip --wal-method=stream --checkpoint=fast --label="$name"
echo "$started_at" >"$draft/started_at"
for file in "$draft"/*; do gzip -t "$file" 2>/dev/null || [[ $file != *.gz ]]; done
sync
mv "$draft" "/backups/postgres/$name"
