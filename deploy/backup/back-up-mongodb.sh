#!/bin/sh
# Writes all of a MongoDB replica set, as of the moment when the dump ends, to one file:
#   BACKUP_MONGODB_URL='mongodb://backup:…@host/?replicaSet=rs0' deploy/backup/back-up-mongodb.sh FILE
# The user needs the role `backup`. The URL names no database: a consistent moment (--oplog) is one of the whole server.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 2; }
: "${BACKUP_MONGODB_URL:?name the replica set to back up, without a database}"
file=$1
[ ! -e "$file" ] || { echo "$file is there already: name another file" >&2; exit 2; }

trap 'rm -f "$file.part"' EXIT
mongodump --uri "$BACKUP_MONGODB_URL" --oplog --gzip --archive="$file.part"
mv "$file.part" "$file"
echo "backed up to $file"
