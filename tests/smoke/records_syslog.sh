#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Records to the syslog collectors rsyslog and syslog-ng, and to openssl s_server: UDP, TCP and TLS. Each of them has all
# records of the file with all fields. Collectors that die, hang, or have the wrong certificate.
. "$(dirname "$0")/lib.sh"
log=$work/records.log
cd "$work"

# rsyslog and syslog-ng exclude each other, so scripts/deps unpacks syslog-ng here.
syslog_ng=/usr/local/lib/cgn-test/syslog-ng
for tool in rsyslogd openssl $syslog_ng/usr/sbin/syslog-ng; do
	command -v "$tool" >/dev/null && continue
	echo "skipped: no $tool (scripts/deps test)"
	exit 77
done

# certificate NAME SUBJECT_ALT_NAME: signed by the authority of this test
certificate() {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr"
	printf 'subjectAltName=%s\n' "$2" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem"
}
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj "/CN=ca" -days 2 -out ca.pem
	certificate collector IP:127.0.0.1
	certificate cgnd DNS:cgn1.example.net
} >"$work/openssl.log" 2>&1

cat >rsyslog.conf <<-END
	global(workDirectory="$work" maxMessageSize="8k" defaultNetstreamDriverCAFile="$work/ca.pem"
		defaultNetstreamDriverCertFile="$work/collector.pem" defaultNetstreamDriverKeyFile="$work/collector.key")
	module(load="imudp")
	module(load="imtcp")
	module(load="mmpstrucdata")
	template(name="event" type="string" string="{\"event\": \"%msgid%\", \"sd\": %\$!all-json%}\n")
END
for way in udp tcp tls; do
	cat >>rsyslog.conf <<-END
		ruleset(name="$way") {
			action(type="mmpstrucdata" sd_name.lowercase="off")
			action(type="omfile" file="$work/rsyslog-$way.json" template="event")
			action(type="omfile" file="$work/rsyslog-$way.log" template="RSYSLOG_SyslogProtocol23Format")
		}
	END
done
cat >>rsyslog.conf <<-END
	input(type="imudp" address="127.0.0.1" port="5140" ruleset="udp" rcvbufSize="8m")
	input(type="imtcp" address="127.0.0.1" port="6010" ruleset="tcp")
	input(type="imtcp" address="127.0.0.1" port="6514" ruleset="tls" streamDriver.name="gtls" streamDriver.mode="1"
		streamDriver.authMode="x509/certvalid")
END
cat >syslog-ng.conf <<-END
	@version: current
	options { keep-hostname(yes); keep-timestamp(yes); use-dns(no); stats-freq(0); log-msg-size(8192); frac-digits(3); };
	template json { template("\$(format-flat-json --key MSGID --key .SDATA.*)\n"); };
	template line { template("<\$PRI>1 \$ISODATE \$HOST \$PROGRAM \$PID \$MSGID \$SDATA \$MSG\n"); };
END
# source NAME OPTIONS
source_of() {
	cat >>syslog-ng.conf <<-END
		source $1 { syslog(ip(127.0.0.1) $2); };
		log { source($1); destination { file("$work/syslog-ng-$1.json" template(json)); };
			destination { file("$work/syslog-ng-$1.log" template(line)); }; };
	END
}
source_of udp 'port(5141) transport("udp") so-rcvbuf(8388608)'
source_of tcp 'port(6011) transport("tcp")'
source_of tls "port(6515) transport(\"tls\") tls(key-file(\"$work/collector.key\") cert-file(\"$work/collector.pem\")
	ca-file(\"$work/ca.pem\") peer-verify(required-trusted))"

# sink NAME TARGET [MORE]
sink() {
	echo "{name: $1, type: syslog, target: \"$2\"${3:+, $3}}"
}
tls="ca: $work/ca.pem, cert: $work/cgnd.pem, key: $work/cgnd.key"
sinks="{name: disk, type: file, path: $log}, $(sink r-udp udp://127.0.0.1:5140), $(sink r-tcp tcp://127.0.0.1:6010),
  $(sink r-tls tls://127.0.0.1:6514 "$tls"), $(sink s-udp udp://127.0.0.1:5141), $(sink s-tcp tcp://127.0.0.1:6011),
  $(sink s-tls tls://127.0.0.1:6515 "$tls"), $(sink openssl tls://127.0.0.1:6516 "$tls")"
use_sinks() {
	sections="export: {records: [blocks, bindings, leases], sinks: [$1]}"
}

start_rsyslog() {
	serve cgn rsyslogd -n -C -f "$work/rsyslog.conf" -i "$work/rsyslog.pid"
	listening cgn 6514
}
start_syslog_ng() {
	LD_LIBRARY_PATH=$syslog_ng/usr/lib/syslog-ng serve cgn "$syslog_ng/usr/sbin/syslog-ng" -F --no-caps \
		-f "$work/syslog-ng.conf" -R "$work/syslog-ng.persist" -p "$work/syslog-ng.pid" -c "$work/syslog-ng.ctl" \
		--module-path="$(echo "$syslog_ng"/usr/lib/syslog-ng/*.*/)"
	listening cgn 6515
}
# The server ends with its standard input.
start_openssl() {
	mkfifo "$work/idle"
	serve cgn sh -c "exec sleep infinity >'$work/idle'"
	serve cgn sh -c "exec openssl s_server -accept 127.0.0.1:6516 -cert collector.pem -key collector.key -Verify 1 \
		-CAfile ca.pem -verify_return_error -quiet <'$work/idle' >'$work/stream'"
	listening cgn 6516
}

pool_addresses=$public_pool
natpmp="{role: server}"
store=$work/state.db
source_check=route
use_sinks "$sinks"
topology
start_rsyslog
start_syslog_ng
start_openssl
start_cgnd
reflector

counts() {
	ctl --json counters show | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["control"][sys.argv[1]])' "$1"
}
# The collectors are in the same namespace.
pid_of_cgnd() {
	for pid in $(ip netns pids "${id}cgn"); do
		[ "$(cat "/proc/$pid/comm")" != cgnd ] || echo "$pid"
	done
}
now() {
	date -u +%Y-%m-%dT%H:%M:%S.%3NZ
}
same() {
	/usr/bin/python3 "$here/records_syslog.py" "$@"
}
# as_in_file KIND DATA: sooner or later
as_in_file() {
	retry same "$1" "$log" "$2"
	same "$1" "$log" "$2"
}
endpoint=$(external sub1 udp 5000)
at=$(now)
in_ns sub1 natpmpc -g 100.64.0.1 -a 40080 8000 tcp 600 >/dev/null
in_ns sub1 natpmpc -g 100.64.0.1 -a 40080 8000 tcp 0 >/dev/null
# 900 subscribers at once
in_ns sub1 ip route add local 100.70.0.0/22 dev lo
python sub1 records.py send 5000 900
all_recorded() {
	[ "$(grep -c ' block-allocated ' "$log")" -ge 901 ]
}
retry all_recorded

# REQ: G-LOG-7
for way in udp tcp tls; do
	check "rsyslog has parsed all records ($way)" as_in_file rsyslog "$work/rsyslog-$way.json"
	check "syslog-ng has parsed all records ($way)" as_in_file syslog-ng "$work/syslog-ng-$way.json"
done
# REQ: G-LOG-5
check "openssl s_server has all records" as_in_file frames "$work/stream"

# A collector that dies, and comes back
kill -KILL "$(cat "$work/rsyslog.pid")"
rm "$work/rsyslog.pid"
failing() {
	test "$(counts record_sinks_failing)" "$@"
}
check "a collector that is gone is noticed (tcp, tls)" retry failing -ge 2
external sub2 udp 6000 >/dev/null
check "with the next record also over udp" retry failing -eq 3
start_rsyslog
check "and when it is back" retry failing -eq 0
for way in udp tcp tls; do
	check "it gets what has waited ($way)" as_in_file rsyslog "$work/rsyslog-$way.json"
done

# SIGHUP connects again
ports() {
	in_ns cgn ss -Htn state established "dport = :6010 or dport = :6515" | awk '{ print $3 }' | sort
}
ports >"$work/before"
kill -HUP "$(pid_of_cgnd)"
reconnected() {
	ports >"$work/after"
	[ "$(wc -l <"$work/after")" -eq 2 ] && [ -z "$(comm -12 "$work/before" "$work/after")" ]
}
check "SIGHUP connects again" retry reconnected
external sub2 udp 6001 >/dev/null

# A collector that hangs. What it has in its buffers is kept.
kill -STOP "$(cat "$work/rsyslog.pid")"
python sub1 records.py send 5001 900
in_ns sub1 natpmpc -g 100.64.0.1 -a 40090 9000 tcp 600 >/dev/null
in_file() {
	grep -q 'sourceTransportPort="9000"' "$log" && grep -q 'sourceTransportPort="9000"' "$work/syslog-ng-tls.log"
}
check "a collector that hangs does not slow the others" retry in_file
kill -CONT "$(cat "$work/rsyslog.pid")"

stop() {
	kill -TERM "$(pid_of_cgnd)"
	stop_status=0
	wait "$cgnd_pid" || stop_status=$?
	cgnd_pid=
}
stop
check "cgnd ends with 0" [ "$stop_status" -eq 0 ]
check "received packets are the sum of the verdicts" accounted
for way in udp tcp tls; do
	check "rsyslog has everything at the end ($way)" as_in_file rsyslog "$work/rsyslog-$way.json"
	check "syslog-ng has everything at the end ($way)" as_in_file syslog-ng "$work/syslog-ng-$way.json"
done
check "openssl s_server has everything at the end" as_in_file frames "$work/stream"
complete() {
	/usr/bin/python3 "$here/records.py" check "$log"
	! grep -q ' gap ' "$log"
}
check "nothing was lost" complete

# Collectors change lines: rsyslog and syslog-ng write the time and the structured data anew.
# REQ: G-LOG-1
for file in rsyslog-udp rsyslog-tcp rsyslog-tls syslog-ng-udp syslog-ng-tls; do
	head -n 1 "$work/$file.log"
	check "cgnctl trace reads $file.log" sh -c \
		"'$build/cgnctl' trace '${endpoint/ /:}/udp' --at '$at' '$work/$file.log' | grep '^subscriber  *100.64.0.11/32'"
done
finish
