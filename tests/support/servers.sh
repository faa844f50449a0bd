#!/usr/bin/env bash
# Private PostgreSQL and RabbitMQ servers for tests: own folder, own ports, nothing shared with the machine's own.
#
#   servers.sh free-port                     a free TCP port on 127.0.0.1
#   servers.sh start-postgres DIR [PORT]     makes (first time) and starts one, prints its URL
#   servers.sh start-rabbitmq DIR [PORT]     the same
#   servers.sh stop DIR                      stops what runs in DIR, in good order; its data stay
#   servers.sh kill DIR                      kill -9, as a crash would; its data stay
#   servers.sh remove DIR                    kills what runs in DIR and deletes DIR
#   servers.sh check-postgres URL            0 when one can log in and create a database
#   servers.sh check-rabbitmq URL            0 when one can log in
#   servers.sh install postgres|rabbitmq|npm from the distribution's packages, as root or through sudo -n
#
# Started again on the same DIR, a server keeps its port and its data. As root, the servers run as another user.
set -euo pipefail

readonly SELF=${BASH_SOURCE[0]}
readonly PASSWORD=schakel-test # a private server on 127.0.0.1 with made-up data only

fail() {
  echo "servers.sh: $*" >&2
  exit 1
}

# `as USER command ...`: as root, as that user (or nobody), because PostgreSQL refuses to run as root; otherwise as
# ourselves.
as() {
  local user
  user=$(user_for "$1")
  shift
  if [ "$(id -u)" -eq 0 ]; then
    runuser -u "$user" -- "$@"
  else
    "$@"
  fi
}

user_for() {
  [ "$(id -u)" -eq 0 ] || { id -un; return; }
  if id "$1" >/dev/null 2>&1; then echo "$1"; else echo nobody; fi
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for _ in $(seq 200); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)) # below the range the kernel gives to clients
    if ! listens "$port"; then
      echo "$port"
      return
    fi
  done
  fail "no free port"
}

# Waits until a process ends; afterwards kill -9.
await_end() {
  local pid=$1 tries=$2
  for _ in $(seq "$tries"); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
}

prepare() {
  local dir=$1 user=$2
  mkdir -p "$dir"
  chmod 755 "$dir"
  [ "$(id -u)" -ne 0 ] || chown "$user" "$dir"
}

# ---- PostgreSQL

postgres_bin() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV); do
    [ -x "$dir/initdb" ] && { echo "$dir"; return; }
  done
  dir=$(command -v initdb || true)
  [ -n "$dir" ] && dirname "$(readlink -f "$dir")"
}

start_postgres() {
  local dir bin port user
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  bin=$(postgres_bin)
  [ -n "$bin" ] || fail "PostgreSQL is not installed: $(advice postgres)"
  user=$(user_for postgres)
  prepare "$dir" "$user"
  if [ ! -f "$dir/port" ]; then
    port=${2:-$(free_port)}
    echo "$PASSWORD" >"$dir/password"
    chmod 644 "$dir/password"
    (cd / && as postgres "$bin/initdb" --pgdata="$dir/data" --username=schakel --auth=scram-sha-256 \
      --pwfile="$dir/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1) ||
      { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
    # A crash of the server, which tests cause, keeps what the system has; only a power cut needs fsync.
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = '64MB'
CONF
    echo postgres >"$dir/kind"
    echo "$port" >"$dir/port"
  fi
  port=$(cat "$dir/port")
  # A data folder left by kill -9 still names the old process.
  (cd / && as postgres "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/server.log" --options="-p $port" \
    --wait --timeout=60 start >"$dir/start.log" 2>&1) ||
    { cat "$dir/start.log" "$dir/server.log" >&2; fail "PostgreSQL did not start"; }
  echo "postgres://schakel:$PASSWORD@127.0.0.1:$port/postgres"
}

postgres_pid() {
  local pid
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null || true)
  [ -n "$pid" ] && ps -p "$pid" -o comm= | grep -q postgres && echo "$pid" || true
}

# ---- RabbitMQ

rabbitmq_server() {
  local file
  for file in /usr/lib/rabbitmq/bin/rabbitmq-server /usr/lib64/rabbitmq/bin/rabbitmq-server \
    "$(command -v rabbitmq-server || true)"; do
    [ -n "$file" ] && [ -x "$file" ] && { echo "$file"; return; }
  done
}

start_rabbitmq() {
  local dir server port user epmd_port dist_port
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  server=$(rabbitmq_server)
  [ -n "$server" ] || fail "RabbitMQ is not installed: $(advice rabbitmq)"
  user=$(user_for rabbitmq)
  prepare "$dir" "$user"
  if [ ! -f "$dir/port" ]; then
    port=${2:-$(free_port)}
    mkdir -p "$dir/mnesia" "$dir/log" "$dir/home"
    echo '[].' >"$dir/enabled_plugins"
    : >"$dir/rabbitmq-env.conf"
    cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
default_user = schakel
default_pass = $PASSWORD
loopback_users = none
disk_free_limit.absolute = 50MB
log.console = false
CONF
    free_port >"$dir/epmd_port"
    free_port >"$dir/dist_port"
    [ "$(id -u)" -ne 0 ] || chown -R "$user" "$dir"
    echo rabbitmq >"$dir/kind"
    echo "$port" >"$dir/port"
  fi
  port=$(cat "$dir/port")
  epmd_port=$(cat "$dir/epmd_port")
  dist_port=$(cat "$dir/dist_port")
  (
    cd "$dir"
    export HOME="$dir/home" ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_NODENAME="schakel$port@localhost" RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist_port"
    export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log"
    export RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE="$dir/rabbitmq-env.conf"
    export RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" RABBITMQ_PID_FILE="$dir/pid"
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none \
-kernel inet_dist_use_interface {127,0,0,1}"
    as rabbitmq setsid "$server" >"$dir/start.log" 2>&1 </dev/null &
  )
  for _ in $(seq 900); do
    if amqp_answers "$port"; then
      echo "amqp://schakel:$PASSWORD@127.0.0.1:$port/%2f"
      return
    fi
    sleep 0.1
  done
  tail -n 40 "$dir/start.log" "$dir"/log/*.log >&2 || true
  fail "RabbitMQ did not start"
}

# The server's own process: its Erlang machine, which is not a child of ours. A file that a crash left behind may
# name a process of somebody else by now.
rabbitmq_pid() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null || true)
  [ -n "$pid" ] && ps -p "$pid" -o comm= | grep -q beam && echo "$pid" || true
}

# Whether something speaks AMQP 0-9-1 at a port: it answers the protocol header with a method frame (type 1).
amqp_answers() {
  local first
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'AMQP\x00\x00\x09\x01' >&3
  first=$(timeout 2 head -c 1 <&3 | od -An -tu1 | tr -d ' ') || true
  exec 3>&-
  [ "$first" = 1 ]
} 2>/dev/null

# Logs in with PLAIN and expects Connection.Tune (class 10, method 30) rather than a refusal.
check_rabbitmq() {
  local rest=${1#*://} user password host port answer body
  user=${rest%%:*}
  rest=${rest#*:}
  password=${rest%%@*}
  rest=${rest#*@}
  host=${rest%%[:/]*}
  port=$(sed -n 's/^[^:/]*:\([0-9]*\).*/\1/p' <<<"$rest")
  body=$((2 + 2 + 4 + 6 + 4 + 2 + ${#user} + ${#password} + 6))
  byte() { printf "\\x$(printf %02x "$1")"; }
  exec 3<>"/dev/tcp/$host/${port:-5672}" || return 1
  printf 'AMQP\x00\x00\x09\x01' >&3
  sleep 0.3
  {
    printf '\x01\x00\x00\x00\x00\x00'
    byte "$body"
    printf '\x00\x0a\x00\x0b\x00\x00\x00\x00\x05PLAIN\x00\x00\x00'
    byte $((2 + ${#user} + ${#password}))
    printf '\x00%s\x00%s\x05en_US\xce' "$user" "$password"
  } >&3
  answer=$(timeout 2 cat <&3 2>/dev/null | od -An -v -tx1 | tr -d ' \n') || true
  exec 3>&-
  [[ $answer == *000a001e* ]]
} 2>/dev/null

check_postgres() {
  command -v psql >/dev/null || return 1
  [ "$(PGCONNECT_TIMEOUT=3 psql "$1" -AtXqc \
    'select rolcreatedb or rolsuper from pg_roles where rolname = current_user' 2>/dev/null </dev/null)" = t ]
}

# ---- both

server_pid() {
  case $(cat "$1/kind" 2>/dev/null) in
    postgres) postgres_pid "$1" ;;
    rabbitmq) rabbitmq_pid "$1" ;;
  esac
}

stop() {
  local pid
  pid=$(server_pid "$1")
  [ -n "$pid" ] || return 0
  if [ "$(cat "$1/kind")" = postgres ]; then
    kill -INT "$pid" 2>/dev/null || true # fast: ends sessions, writes what it has
  else
    kill -TERM "$pid" 2>/dev/null || true
  fi
  await_end "$pid" 300
}

kill_hard() {
  local pid
  pid=$(server_pid "$1")
  [ -n "$pid" ] || return 0
  if [ "$(cat "$1/kind")" = postgres ]; then
    # shellcheck disable=SC2046 # a list of ids
    kill -9 "$pid" $(pgrep -P "$pid" || true) 2>/dev/null || true
    rm -f "$1/data/postmaster.pid"
  else
    kill -9 "$pid" 2>/dev/null || true
  fi
  await_end "$pid" 100
}

remove() {
  local dir=$1
  [ -f "$dir/kind" ] || { rm -rf -- "$dir"; return; }
  kill_hard "$dir"
  if [ -f "$dir/epmd_port" ]; then
    ERL_EPMD_PORT=$(cat "$dir/epmd_port") epmd -kill >/dev/null 2>&1 || true
  fi
  rm -rf -- "$dir"
}

package() {
  case $1 in
    postgres) echo postgresql ;;
    rabbitmq) echo rabbitmq-server ;;
    npm) echo npm ;; # brings node
    *) fail "unknown server $1" ;;
  esac
}

advice() {
  echo "install it (Debian, Ubuntu: apt-get install $(package "$1"); Fedora: dnf install $(package "$1")), or give the tests a server of your own"
}

install() {
  local sudo=() policy=/usr/sbin/policy-rc.d made=
  command -v apt-get >/dev/null || fail "no apt-get here: $(advice "$1")"
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || fail "no root and no sudo without password: $(advice "$1")"
    sudo=(sudo -n)
  fi
  # The packages would start a server of their own at once; the tests start private ones.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    made=1
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || true
  local result=0
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "$(package "$1")" >&2 || result=$?
  [ -z "$made" ] || "${sudo[@]}" rm -f "$policy"
  [ "$result" -eq 0 ] || fail "the package could not be installed: $(advice "$1")"
}

case ${1:-} in
  free-port) free_port ;;
  start-postgres) start_postgres "${@:2}" ;;
  start-rabbitmq) start_rabbitmq "${@:2}" ;;
  stop) stop "$2" ;;
  kill) kill_hard "$2" ;;
  remove) remove "$2" ;;
  check-postgres) check_postgres "$2" ;;
  check-rabbitmq) check_rabbitmq "$2" ;;
  installed-postgres) [ -n "$(postgres_bin)" ] ;;
  installed-rabbitmq) [ -n "$(rabbitmq_server)" ] ;;
  install) install "$2" ;;
  *) sed -n '2,/^set /p' "$SELF" | sed '$d;s/^# \{0,1\}//' >&2; exit 2 ;;
esac
