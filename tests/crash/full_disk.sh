#!/usr/bin/env bash
# full_disk.sh DIRECTORY PROGRAM PORT POINT: ends the program at a point that only a full disk reaches, on a
# small disk of its own, and checks that the next one goes on. Exit code 77: nobody may mount here.
set -euo pipefail
directory=$1 program=$2 port=$3 point=$4

if [ -z "${INSIDE-}" ]; then
  unshare -rm true 2> /dev/null || exit 77
  exec env INSIDE=1 timeout 60 unshare -rm "$0" "$@"
fi

serve() { exec "$program" serve --data "$directory/data" --port "$port" --reserve 1MiB --log-level warn > "$directory.log" 2>&1; }

wait_until_ready() {
  for _ in {1..200}; do
    if grep -qs "is running at" "$directory.log"; then return; fi
    sleep 0.05
  done
  cat "$directory.log"
  return 1
}

mkdir -p "$directory"
mount -t tmpfs -o size=16m tmpfs "$directory" || exit 77
rm -f "$directory.log"
SLUICE_CRASH_AT=$point:1 serve &
server=$!
wait_until_ready
dd if=/dev/zero of="$directory/filler" bs=64k 2> /dev/null || true
# Messages are refused now; what an operator wants is not.
. "$directory/data/credentials.env"
for _ in {1..20}; do
  curl --silent --max-time 2 --request POST --header "Authorization: Bearer $QSTASH_TOKEN" \
    "http://127.0.0.1:$port/v2/flowControl/key/pause" || break
done
status=0
wait "$server" || status=$?
[ "$status" -eq 137 ] || { echo "ended with $status, not at $point:1"; exit 1; }
rm "$directory/filler" "$directory.log"
serve &
server=$!
wait_until_ready
kill -9 "$server"
wait "$server" || true
"$program" verify --data "$directory/data"
