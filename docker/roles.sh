#!/bin/sh
# Run once by the image of PostgreSQL, when its volume is empty: the role that the store of the flows signs in with.
set -eu
password=$(cat "$STORE_PASSWORD_FILE")
psql --set ON_ERROR_STOP=1 --username postgres --dbname stellantis --set password="$password" <<'SQL'
CREATE ROLE stellantis_owner LOGIN PASSWORD :'password';
GRANT CREATE ON DATABASE stellantis TO stellantis_owner;
SQL
