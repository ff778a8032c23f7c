#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare what `cgnctl --yang` has printed with the other commands of cgnctl.

usage: yang.py FILE CGNCTL PREFIX
"""

import json
import pathlib
import subprocess
import sys

PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}
KINDS = {"static": ("static",), "dynamic-implicit": ("implicit",), "dynamic-explicit": ("explicit", "peer")}


def show(cgnctl, prefix, noun):
    out = subprocess.run([cgnctl, "--prefix", prefix, "--json", noun, "show"], check=True, capture_output=True).stdout
    return json.loads(out)


def endpoint(entry, side):
    address = entry[f"{side}-src-address"].removesuffix("/32")
    return f"{address}:{entry[f'{side}-src-port']['start-port-number']}"


def main(path, cgnctl, prefix):
    (instance,) = json.loads(pathlib.Path(path).read_text())["ietf-nat:nat"]["instances"]["instance"]
    mappings = {(row["protocol"], row["in"], row.get("b4")): row for row in show(cgnctl, prefix, "mappings")}
    entries = instance["mapping-table"]["mapping-entry"]
    assert len(entries) == len(mappings) > 0, (entries, mappings)
    assert sorted(e["index"] for e in entries) == list(range(1, len(entries) + 1))
    for e in entries:
        b4 = e.get("ietf-dslite:b4-ipv6-address", {}).get("address")
        row = mappings[PROTOCOLS[e["transport-protocol"]], endpoint(e, "internal"), b4]
        assert row["ext"] == endpoint(e, "external"), (row, e)
        assert row["kind"] in KINDS[e["type"]], (row, e)
        assert ("lifetime" in e) == ("expires_s" in row), (row, e)
    gauges = show(cgnctl, prefix, "counters")["gauges"]
    counts = instance["statistics"]["mappings-statistics"]
    assert counts["total-active-subscribers"] == gauges["subscribers"]
    for p in counts["total-per-protocol"]:
        assert p["total"] == gauges["mappings_" + PROTOCOLS[p["protocol-id"]]], (p, gauges)
    groups = show(cgnctl, prefix, "config")["groups"]
    assert [[m["subnet"] for m in p["subscriber-match"]] for p in instance["policy"]] == [g["prefixes"] for g in groups]
    assert [p["port-set"]["port-set-size"] for p in instance["policy"]] == [g["block_size"] for g in groups]
    print(f"{len(entries)} mappings, {len(groups)} policies")


main(*sys.argv[1:])
