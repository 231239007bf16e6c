#!/bin/bash
# Forgets all but the newest $1 backups, and the log from before the oldest that is left.
set -euo pipefail
keep=$1
[ "$keep" -ge 1 ]
cd /backups
mapfile -t names < <(find postgres -mindepth 1 -maxdepth 1 -type d ! -name '*.new' | sed 's|.*/||' | sort)
for name in "${names[@]:0:$((${#names[@]} > keep ? ${#names[@]} - keep : 0))}"; do
  rm -rf "postgres/$name" "bus/$name"
  names=("${names[@]:1}")
done
# A saved database names the first piece of the log that it needs in its label.
oldest=$(tar -xzOf "postgres/${names[0]}/base.tar.gz" backup_label | sed -n 's/^START WAL LOCATION: .*file \([0-9A-F]*\).*/\1/p')
pg_archivecleanup -x .gz wal "$oldest"
