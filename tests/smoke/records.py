#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Read lines of records, by the grammar of RFC 5424 alone.

records.py events FILE...                 one event a line: its name, and its fields as NAME=VALUE
records.py check FILE...                  each number of each producer comes exactly once, in order, and
                                          checkpoints tell the number before them
records.py who ADDRESS PORT FILE...       who has a port at the end of the files: inside prefix, or nobody
records.py send PORT N                    a UDP packet to the internet from each of N addresses of this host
"""

import collections
import ipaddress
import re
import socket
import sys

# RFC 5424 section 6. A file has one line a record, and cgnd writes no MSG.
HEADER = re.compile(
    r"<(?P<pri>\d{1,3})>1 "
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<pid>[!-~]{1,128}) (?P<msgid>[!-~]{1,32}) "
    r"\[(?P<id>[!#-<>-\\^-~]{1,32})(?P<params>.*)\]$"
)
PARAM = re.compile(r' (?P<name>[!#-<>-\\^-~]{1,32})="(?P<value>(?:[^"\\\]]|\\["\\\]])*)"')


def parse(line):
    """@return the name of the event, and its fields"""
    head = HEADER.match(line)
    if not head:
        raise SystemExit(f"not a line of RFC 5424: {line}")
    if head["app"] != "cgnd" or head["id"] != "cgnd@32473" or int(head["pri"]) >> 3 != 16:
        raise SystemExit(f"not a line of cgnd: {line}")
    fields, at = {"time": head["time"]}, 0
    while at < len(head["params"]):
        param = PARAM.match(head["params"], at)
        if not param or param["name"] in fields:
            raise SystemExit(f"not structured data: {line}")
        fields[param["name"]] = re.sub(r'\\(["\\\]])', r"\1", param["value"])
        at = param.end()
    return head["msgid"], fields


def read(paths):
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as f:
            for line in f:
                if not line.endswith("\n"):
                    raise SystemExit(f"half a line: {line}")
                yield parse(line[:-1])


def check(paths):
    last, boots, lost = {}, [], 0
    for event, r in read(paths):
        producer = (r["boot"], r["producer"])
        if r["boot"] not in boots:
            boots.append(r["boot"])
            if event != "start" and "--any-start" not in sys.argv:
                raise SystemExit(f"{r['boot']} begins with {event}")
        if boots[-1] != r["boot"]:
            raise SystemExit(f"a record of {r['boot']} comes after the next start")
        if event == "checkpoint":
            if int(r["last"]) != last.get(producer, 0):
                raise SystemExit(f"{producer}: a checkpoint of {r['last']} comes after {last.get(producer, 0)}")
            continue
        first = int(r["first"] if event == "gap" else r["seq"])
        if first != last.get(producer, 0) + 1:
            raise SystemExit(f"{producer}: {first} comes after {last.get(producer, 0)}")
        last[producer] = int(r["last"]) if event == "gap" else first
        if event == "gap":
            n = int(r["last"]) - first + 1
            kinds = sum(int(v) for k, v in r.items() if k.startswith("lost."))
            if n != int(r["lost"]) or n != kinds:
                raise SystemExit(f"a gap of {n} records, {r['lost']} lost, {kinds} by kind")
            lost += n
    print(f"{len(boots)} starts, {sum(last.values())} records, {lost} lost")


def who(address, port, paths):
    """Blocks that hold the port, the smallest one counts. A start or a stop ends all blocks of the run before."""
    held = collections.OrderedDict()
    for event, r in read(paths):
        if event in ("start", "stop"):
            held.clear()
        if event not in ("block-allocated", "block-released"):
            continue
        first, last = int(r["portRangeStart"]), int(r["portRangeEnd"])
        if r["postNATSourceIPv4Address"] != address or not first <= port <= last:
            continue
        v = "sourceIPv6" if "sourceIPv6Address" in r else "sourceIPv4"
        inside = ipaddress.ip_network(f"{r[v + 'Address']}/{r[v + 'PrefixLength']}")
        if event == "block-allocated":
            held[first, last, inside] = last - first
        else:
            del held[first, last, inside]  # an end without a beginning is an error
    print(min(held, key=held.get)[2] if held else "nobody")


def send(port, n):
    for i in range(n):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((str(ipaddress.ip_address("100.70.0.0") + i + 1), port))
            s.sendto(b"x", ("203.0.113.1", 7001))


if __name__ == "__main__":
    args = [a for a in sys.argv[2:] if not a.startswith("--")]
    if sys.argv[1] == "events":
        for name, row in read(args):
            print(name, *(f"{k}={v}" for k, v in row.items()))
    elif sys.argv[1] == "check":
        check(args)
    elif sys.argv[1] == "who":
        who(args[0], int(args[1]), args[2:])
    else:
        send(int(args[0]), int(args[1]))
