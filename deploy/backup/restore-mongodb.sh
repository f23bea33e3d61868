#!/bin/sh
# Restores what back-up-mongodb.sh wrote into an empty MongoDB replica set, before API or worker connect to it:
#   RESTORE_MONGODB_URL='mongodb://restore:…@host/?replicaSet=rs0' deploy/backup/restore-mongodb.sh FILE
# The user needs the roles `restore` and, for the log that brings the dump to one moment, `anyAction` on `anyResource`.
# Users and roles of the server come with it. Nothing is replaced: it ends at the first document that is there already.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 2; }
: "${RESTORE_MONGODB_URL:?name the empty replica set to restore into, without a database}"
[ -r "$1" ] || { echo "$1 can't be read: name a file that back-up-mongodb.sh wrote" >&2; exit 2; }

mongorestore --uri "$RESTORE_MONGODB_URL" --oplogReplay --gzip --archive="$1" \
  --stopOnError --writeConcern '{w: "majority", j: true}'
echo "restored from $1"
