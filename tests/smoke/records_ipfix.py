#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Collect IPFIX messages, and write them as lines of syslog as cgnd itself does. python3-ipfix reads the messages.

records_ipfix.py collect udp|tcp ADDRESS PORT FILE   append each message to a file, until it is killed
records_ipfix.py lines FILE...                       the records as lines, each one once
records_ipfix.py headers FILE...                     how many messages, copies of templates, and missing records there are
records_ipfix.py compare FILE LINES...               the records of the file are those of the lines, in any order
"""

import os
import socket
import struct
import sys
import threading

import ipfix.ie
import ipfix.reader

import records

TYPES = {1: "unsigned8", 2: "unsigned16", 3: "unsigned32", 4: "unsigned64", 8: "signed64", 13: "string"}

# Those that python3-ipfix, which is from 2014, does not know (RFC 8158).
NEWER = {
    466: "natQuotaExceededEvent",
    467: "natThresholdEvent",
    471: "maxSessionEntries",
    472: "maxBIBEntries",
    473: "maxEntriesPerUser",
    474: "maxSubscribers",
    475: "maxFragmentsPendingReassembly",
    476: "addressPoolHighThreshold",
    477: "addressPoolLowThreshold",
    478: "addressPortMappingHighThreshold",
    480: "addressPortMappingPerUserHighThreshold",
    481: "globalAddressMappingHighThreshold",
}

# RFC 8158 section 4.2. A lease is a mapping, too.
EVENTS = {
    3: "addresses-exhausted",
    4: "session-created",
    5: "session-deleted",
    8: "mapping-created",
    9: "mapping-deleted",
    12: "ports-exhausted",
    13: "quota-exceeded",
    14: "binding-created",
    15: "binding-deleted",
    16: "block-allocated",
    17: "block-released",
    18: "threshold-reached",
}
LEASES = {8: "lease-made", 9: "lease-ended"}

# What a line leaves out if it is zero or empty.
OPTIONAL = {
    "authenticatedPeer",
    "description",
    "previousBoot",
    "deterministicGroups",
    "state",
    "hadSubscribers",
    "hadMappings",
    "hadSessions",
    "suppressed",
    "destinationTransportPort",
}


# --- collect -------------------------------------------------------------------------------------


def append(path, data):
    with open(path, "ab") as f:
        f.write(data)


def collect_udp(address, port, path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind((address, port))
        while True:
            append(path, s.recv(65536))


def collect_connection(s, path):
    stream = s.makefile("rb")
    while True:
        head = stream.read(16)
        if len(head) < 16:
            return
        length = struct.unpack(">H", head[2:4])[0]
        body = stream.read(length - 16)
        if len(body) < length - 16:
            return
        append(path, head + body)


def collect_tcp(address, port, path):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        while True:
            threading.Thread(target=collect_connection, args=(server.accept()[0], path), daemon=True).start()


# --- headers -------------------------------------------------------------------------------------


def messages(path):
    """Header and message of each message. A file that grows may end with a part of one."""
    with open(path, "rb") as f:
        while len(head := f.read(16)) == 16:
            version, length, _, sequence, _ = struct.unpack(">HHIII", head)
            body = f.read(length - 16)
            if version != 10 or len(body) < length - 16:
                raise SystemExit(f"{path}: not a message of IPFIX")
            yield sequence, head + body


def headers(paths):
    reader = Reader()
    n, following, missing = 0, None, 0
    for path in paths:
        for sequence, message in messages(path):
            # A connection counts from 0 on, and begins with templates.
            if following is not None and sequence != 0:
                missing += (sequence - following) % 2**32
            following = sequence + len(list(reader.decode(message)))
            n += 1
    print(f"{n} messages, {reader.n_copies} copies of templates, {missing} records are missing")


# --- records -------------------------------------------------------------------------------------


class Reader:
    """Reads messages, and learns from their options what the elements of cgnd are (RFC 5610)."""

    def __init__(self):
        ipfix.ie.use_iana_default()
        for number, name in NEWER.items():
            ipfix.ie.for_spec(f"{name}({number})<unsigned32>[4]")
        self.buffer = ipfix.reader.message.MessageBuffer()
        self.domain, self.pools, self.n_copies = {}, {}, 0

    def learn(self, r):
        """@return whether it was an option"""
        if "informationElementId" in r:
            number, pen = r["informationElementId"], r["privateEnterpriseNumber"]
            kind = TYPES[r["informationElementDataType"]]
            ipfix.ie.for_spec(f"{r['informationElementName']}({pen}/{number})<{kind}>")
        elif "observationDomainName" in r:
            self.domain = r
            self.n_copies += 1
        elif "natPoolName" in r:
            self.pools[r["natPoolId"]] = r["natPoolName"]
        elif "notSentFlowTotalCount" not in r:
            return False
        return True

    def decode(self, message):
        """All data records, also options."""
        self.buffer.from_bytes(message)
        for r in self.buffer.namedict_iterator():
            r["is_option"] = self.learn(r)
            yield r


def line_name(name):
    """The name of a field in a line."""
    if name.startswith("cgnLost"):
        return "lost." + name[7:].lower()
    return name[3].lower() + name[4:] if name.startswith("cgn") else name


def producer(number):
    return {65534: "control", 65535: "export"}.get(number, f"worker{number}")


def fields_of(reader, r):
    fields = {"instance": reader.domain["observationDomainName"]}
    for name, value in r.items():
        name = line_name(name)
        if name in ("observationTimeMilliseconds", "is_option", "event"):
            continue
        if (name in OPTIONAL or name.startswith("lost.")) and not value:
            continue
        if name == "protocolIdentifier" and value == 255:
            continue
        if name == "natPoolId":
            name, value = "natPoolName", reader.pools[value]
        elif name in ("boot", "previousBoot"):
            value = f"{value:016x}"
        elif name == "producer":
            value = producer(value)
        elif name.endswith("Threshold"):
            fields["mark"] = value
        fields[name] = value
    if "first" in fields:
        fields["lost"] = fields["last"] - fields["first"] + 1
    return fields


def event_of(r):
    if "natEvent" not in r:
        return r["cgnEvent"]
    return (LEASES if "cgnLeaseProtocol" in r else EVENTS)[r["natEvent"]]


def quoted(value):
    return "".join("\\" + c if c in '"\\]' else c for c in str(value))


def line(reader, r):
    time = r["observationTimeMilliseconds"]
    stamp = f"{time:%Y-%m-%dT%H:%M:%S}.{round(time.microsecond / 1000):03}Z"
    params = "".join(f' {k}="{quoted(v)}"' for k, v in fields_of(reader, r).items())
    host, pid = reader.domain["cgnHost"], reader.domain["exportingProcessId"]
    return f"<134>1 {stamp} {host} cgnd {pid} {event_of(r)} [cgnd@32473{params}]"


def lines(paths):
    """A message may come twice over TCP."""
    reader, seen = Reader(), set()
    for path in paths:
        for _, message in messages(path):
            for r in reader.decode(message):
                if r["is_option"]:
                    continue
                text = line(reader, r)
                if text not in seen:
                    seen.add(text)
                    yield text


def compare(path, others):
    mine = {(event, frozenset(r.items())) for event, r in map(records.parse, lines([path]))}
    theirs = {(event, frozenset(r.items())) for event, r in records.read(others)}
    for name, only in ("messages", mine - theirs), ("lines", theirs - mine):
        for event, r in sorted(only, key=str)[:5]:
            print(f"only in the {name}: {event} {dict(sorted(r))}")
    print(f"{len(mine & theirs)} are equal")
    if mine != theirs:
        raise SystemExit(1)


if __name__ == "__main__":
    args = sys.argv[2:]
    if sys.argv[1] == "collect":
        {"udp": collect_udp, "tcp": collect_tcp}[args[0]](args[1], int(args[2]), args[3])
    elif sys.argv[1] == "lines":
        sys.stdout.writelines(text + "\n" for text in lines(p for p in args if os.path.exists(p)))
    elif sys.argv[1] == "headers":
        headers(args)
    else:
        compare(args[0], args[1:])
