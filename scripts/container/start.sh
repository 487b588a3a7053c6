#!/bin/sh
# The hub listens on 127.0.0.1 only, which in a container nobody outside can reach: each port is
# handed on from the container's own address, and Docker publishes it to the host's 127.0.0.1.
set -eu
address=${CONTAINER_ADDRESS:-$(hostname -i | cut -d ' ' -f 1)}
for port in 8070 8071 8072 8073; do
  socat "TCP-LISTEN:$port,bind=$address,fork,reuseaddr" "TCP:127.0.0.1:$port" &
done
exec node local/dev/main.ts
