#!/usr/bin/env bash
# A PostgreSQL of its own for the tests, in a temporary folder, on a socket there and a free port of this machine.
#
#   url="$(scripts/postgres.sh start FOLDER)"   installs it from Debian's packages if it is missing, prints its URL
#   scripts/postgres.sh stop FOLDER             stops it and removes the folder
#
#   export SMARKETING_POSTGRES_URL="$(scripts/postgres.sh start /tmp/smarketing-postgres)"
set -euo pipefail

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$#" -eq 2 ] || usage
folder="$2"

# A server does not run as root: there, everything is done as the user that the package makes.
as_user() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
bin() { find /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin -name "$1" 2>/dev/null | sort -V | tail -n 1; }

start() {
  if [ -z "$(bin initdb)" ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >&2
  fi
  mkdir -p "$folder"
  [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
  port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
  # As in most companies' databases, text is not ordered by bytes: what relies on that shows here. Nothing of it
  # is worth surviving the machine, so nothing waits for the disk.
  as_user "$(bin initdb)" -D "$folder/data" -U smarketing -A trust -E UTF8 \
    --locale-provider=icu --icu-locale=en-US --locale=C.UTF-8 >&2
  as_user "$(bin pg_ctl)" -D "$folder/data" -l "$folder/log" -w -o \
    "-h 127.0.0.1 -p $port -k $folder -c fsync=off" start >&2
  echo "postgresql+psycopg://smarketing@127.0.0.1:$port/postgres"
}

stop() {
  as_user "$(bin pg_ctl)" -D "$folder/data" -m immediate -w stop >&2
  rm -rf "$folder"
}

case "$1" in
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac
