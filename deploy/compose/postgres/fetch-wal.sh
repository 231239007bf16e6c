#!/bin/sh
# A restore asks for a piece of the log: $1 its name, $2 where to put it. One that was never kept ends the restore there.
set -eu
[ -e "/backups/wal/$1.gz" ] || exit 1
gunzip -c "/backups/wal/$1.gz" >"$2"
