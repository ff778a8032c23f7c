#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare what collectors have with the records in a file of cgnd.

records_syslog.py rsyslog FILE JSON     a collector's parser has found all records with all their fields; structured
                                        data of rsyslog (mmpstrucdata), one object a line
records_syslog.py syslog-ng FILE JSON   the same of syslog-ng (format-flat-json)
records_syslog.py frames FILE STREAM    a stream of frames (RFC 6587) has all lines of the file
records_syslog.py twice JSON            how many records of rsyslog came more than once
"""

import collections
import json
import sys

import records

SD = "cgnd@32473"


def key(event, r):
    return r["boot"], r["producer"], event, r.get("seq") or r.get("first") or r["last"]


def of_file(path):
    have = {}
    for event, r in records.read([path]):
        fields = dict(r)
        del fields["time"]
        have[key(event, r)] = fields
    return have


def of_rsyslog(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            one = json.loads(line)
            yield one["event"], one["sd"]["rfc5424-sd"][SD]


def of_syslog_ng(path):
    prefix = f"_SDATA.{SD}."
    with open(path, encoding="utf-8") as f:
        for line in f:
            one = json.loads(line)
            yield one["MSGID"], {k[len(prefix) :]: v for k, v in one.items() if k.startswith(prefix)}


def of_frames(path):
    with open(path, "rb") as f:
        data, at = f.read(), 0
    while at < len(data):
        blank = data.index(b" ", at)
        end = blank + 1 + int(data[at:blank])
        if end > len(data):
            raise SystemExit("half a frame at the end")
        event, r = records.parse(data[blank + 1 : end].decode())
        del r["time"]
        yield event, r
        at = end


def compare(want, rows):
    got, twice = {}, 0
    for event, r in rows:
        # What came twice is the same.
        twice += key(event, r) in got
        if got.setdefault(key(event, r), r) != r:
            raise SystemExit(f"two records with one number: {r}")
    for k, r in want.items():
        if k not in got:
            raise SystemExit(f"{len(want)} records in the file, {len(got)} here; missing: {k}")
        if got[k] != r:
            raise SystemExit(f"in the file {r}, here {got[k]}")
    if len(got) != len(want):
        raise SystemExit(f"not in the file: {set(got) - set(want)}")
    print(f"{len(got)} records, {twice} of them twice")


if __name__ == "__main__":
    if sys.argv[1] == "twice":
        seen = collections.Counter(key(event, r) for event, r in of_rsyslog(sys.argv[2]))
        print(sum(n - 1 for n in seen.values()))
    else:
        of = {"rsyslog": of_rsyslog, "syslog-ng": of_syslog_ng, "frames": of_frames}[sys.argv[1]]
        compare(of_file(sys.argv[2]), of(sys.argv[3]))
