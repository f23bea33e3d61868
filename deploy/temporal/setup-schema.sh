#!/bin/sh
# Creates or upgrades the two databases of Temporal in PostgreSQL. Runs at every start and changes nothing when they are current.
set -eu

for database in temporal temporal_visibility; do
  folder=/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned
  tool="temporal-sql-tool --plugin postgres12 --endpoint $POSTGRES_SEEDS --port 5432 --user $POSTGRES_USER --password $POSTGRES_PWD --database $database"
  if ! $tool update-schema --schema-dir "$folder"; then
    $tool create
    $tool setup-schema --version 0.0
    $tool update-schema --schema-dir "$folder"
  fi
done
