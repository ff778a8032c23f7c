#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Metrics: a parser that is not ours, a real Prometheus with the shipped rules, all queries of the shipped dashboard,
# and clients that are slow on purpose.
. "$(dirname "$0")/lib.sh"
monitoring=$here/../../config/monitoring
for program in prometheus promtool; do
	command -v "$program" >/dev/null || {
		echo "skipped: no $program"
		exit 77
	}
done
natpmp="{role: server}"
pool_addresses=$public_pool
store=$work/state.db
sections="metrics: {listen: 127.0.0.1:9469}"
url=http://127.0.0.1:9469/metrics
topology

# promtool names the rules files relative to the file that it checks.
cp "$monitoring"/*.yml "$work"
check "promtool accepts prometheus.yml" promtool check config "$work/prometheus.yml"
check "promtool accepts alerts.yml" promtool check rules "$work/alerts.yml"
check "each alert fires when it is to, and only then" promtool test rules "$work/alerts_test.yml"

# A port that is taken
write_conf
mkdir -p "$work/run"
serve cgn /usr/bin/python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 9469))
time.sleep(3600)'
taker=$!
listening cgn 9469
in_cgn_exits() {
	local want=$1
	shift
	exits "$want" ip netns exec "${id}cgn" "$@"
}
check "cgnd does not start if the port is taken" in_cgn_exits 1 "$build/cgnd" -c "$work/cgnd.yaml"
says_taken() {
	cat "$work/said"
	grep -q "metrics.listen cannot be used: Address already in use listen=127.0.0.1:9469" "$work/said"
}
check "and says why" says_taken
kill "$(pgrep -P "$taker")" 2>/dev/null || kill "$taker"
retry sh -c "! ip netns exec ${id}cgn ss -Hltn 'sport = :9469' | grep -q ."

start_cgnd
check "the log says where" grep -q "metrics are served url=$url" "$work/cgnd.log"
reflector
external sub1 udp 5000 >/dev/null
external sub1 tcp 5000 >/dev/null
in_ns sub2 ping -c 2 -W 5 203.0.113.1 >/dev/null
in_ns sub1 natpmpc -g 100.64.0.1 -a 8080 8080 tcp 3600 >/dev/null

scrape() {
	in_ns cgn curl -sS --max-time 60 -D "$work/head" -o "$work/metrics" "$url"
}
check "curl gets the metrics" scrape
type() {
	cat "$work/head"
	grep -qi '^content-type: application/openmetrics-text; version=1.0.0; charset=utf-8' "$work/head"
}
check "as OpenMetrics" type
ctl --json counters show >"$work/counters.json"
# G-CNT-1: counters of 64 bits with the time since when they count, for the instance, each protocol and each pool
# G-CNT-2: gauges for the instance, each protocol and each pool
# G-CNT-3: the same counters as cgnctl shows
check "a parser of Prometheus takes them, and nothing that cgnctl counts is missing" \
	/usr/bin/python3 "$here/metrics.py" parse "$work/metrics" "$work/counters.json" "$monitoring/alerts.yml"
stranger() {
	! grep -n '100\.64\.0\.1[12]' "$work/metrics"
}
check "nothing is told about single subscribers" stranger

# Clients that connect and say nothing, or half of something
serve cgn /usr/bin/python3 "$here/metrics.py" silent 127.0.0.1 9469 40
silent=$!
retry sh -c "[ \$(ip netns exec ${id}cgn ss -Htn state established 'sport = :9469' | wc -l) -ge 8 ]"
scrape_other() {
	in_ns cgn curl -sS --max-time 60 --interface 127.0.0.2 -o "$work/metrics" "$url" && tail -n 1 "$work/metrics" |
		grep -q '^# EOF$'
}
check "silent clients do not keep others from the metrics" scrape_other
check "nor subscribers from their leases" in_ns sub1 natpmpc -g 100.64.0.1 -a 8081 8081 tcp 3600
check "nor cgnctl" ctl leases show
kill "$(pgrep -P "$silent")" 2>/dev/null || kill "$silent"
check "the metrics are there when they have gone" retry scrape

# A real Prometheus, with the shipped rules. It asks every second, so that rates exist soon.
sed -i 's/\(scrape\|evaluation\)_interval: 15s/\1_interval: 1s/' "$work/prometheus.yml"
serve cgn prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address=127.0.0.1:9090
listening cgn 9090
serve sub2 ping -i 0.2 203.0.113.1
check "every query of the dashboard has a result, every rule works, and no alert fires" \
	in_ns cgn /usr/bin/python3 "$here/metrics.py" prometheus http://127.0.0.1:9090 \
	"$monitoring/cgnd-dashboard.json"

# How long it takes, and whether a worker notices
longest() {
	ctl --json latency show | /usr/bin/python3 -c 'import json, sys
print(sum(r["over_100us"] for r in json.load(sys.stdin) if r["of"] == "loop"))'
}
before=$(longest)
for _ in $(seq 20); do
	in_ns cgn curl -sS -o /dev/null -w '%{time_total}\n' "$url"
	sleep 0.1
done | sort -n | awk '{ t[NR] = $1 } END { print "a scrape takes " 1000 * t[int((NR + 1) / 2)] " ms (median of " NR ")" }'
echo "turns of workers above 100 us: $before before, $(longest) after"

# N-LIVE-62. Port 9090 is Prometheus'.
cp "$work/cgnd.yaml" "$work/base.yaml"
# reload LISTEN LOG: the log has another line like this then
reload() {
	local before
	before=$(grep -c "$2" "$work/cgnd.log" || :)
	sed "s/^metrics: .*/metrics: {listen: \"$1\"}/" "$work/base.yaml" >"$work/cgnd.yaml"
	# shellcheck disable=SC2046 # one process a word
	kill -HUP $(ip netns pids "${id}cgn" | grep -Fx "$(pgrep -x cgnd)")
	is_logged() {
		[ "$(grep -c "$2" "$work/cgnd.log")" -gt "$before" ]
	}
	retry is_logged "$@"
}
check "a reload to a port that is taken is refused" reload 127.0.0.1:9090 'reload refused, the configuration'
check "the log says why" grep -q 'metrics.listen: .*127.0.0.1:9090.*in use' "$work/cgnd.log"
check "the metrics are where they were" scrape
check "a reload to a free port" reload 127.0.0.1:9470 'reloaded file'
not_there() {
	! in_ns cgn curl -sS --max-time 5 -o /dev/null "$url"
}
check "nobody listens at the old one" not_there
url=http://127.0.0.1:9470/metrics
check "the metrics are at the new one" scrape
check "a reload without metrics" reload '' 'reloaded file'
check "nobody listens" not_there
finish
