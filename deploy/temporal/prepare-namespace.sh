#!/bin/sh
# Creates the namespace and registers our search attributes. Runs at every start and changes nothing that is there.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"

# A new namespace is known to every part of the server within seconds, not at once.
until present=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"); do sleep 1; done

for attribute in $SEARCH_ATTRIBUTES; do
  name=${attribute%=*}
  if ! echo "$present" | grep -qw "$name"; then
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "${attribute#*=}"
  fi
done
