#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Twenty changes of a configuration: ten that change something else each, and ten that undo them in reverse order.

usage: change_steps.py make BASE STEP DIR   prints the configuration after so many steps of BASE. Files of sinks are in DIR.
       change_steps.py missing REFERENCE    prints the keys that a reload can change, but no step does
"""

import copy
import re
import sys

import yaml


class Add(list):
    """Entries that are added to a list."""


# The certificate and the key of a sink are files of the test.
DIR = "DIR"
STEPS = [
    {
        "routes": Add([{"prefix": "198.18.0.0/15", "via": "192.0.2.7", "port": "outside0"}]),
        "ports[outside0].addresses": Add(["192.0.2.3/24"]),
        "pools[homes].addresses": Add(["198.51.100.8/29"]),
        "pools[homes].exclude": ["198.51.100.9"],
        "groups[residential].mappings_max": 1000,
        "nat.timeouts.udp_s": 200,
        "nat.filtering.udp": "address_and_port_dependent",
        "natpmp.lifetime_max_s": 7200,
        "pcp.lifetime_max_s": 7200,
        "export.queue_max": 4096,
    },
    {
        "neighbours": Add([{"address": "192.0.2.7", "mac": "02:00:5e:10:00:01", "port": "outside0"}]),
        "ports[outside0].mtu": 1400,
        "pools": Add([{"name": "late", "addresses": ["198.51.100.48/29"]}]),
        "groups": Add([{"name": "late", "prefixes": ["100.64.3.0/24"], "pool": "late"}]),
        "groups[residential].block_size": 256,
        "nat.timeouts.icmp_s": 90,
        "nat.filtering.tcp": "address_and_port_dependent",
        "natpmp.subscriber_limit_code": 4,
        "pcp.lifetime_min_s": 60,
        "export.records": Add(["quotas", "thresholds"]),
    },
    {
        "routes[198.18.0.0/15].via": "192.0.2.1",
        "ports[inside0].ttl_exceeded": False,
        "pools[homes].port_range": "2048-65535",
        "groups[guests].pool": "late",
        "groups[residential].blocks_max": 8,
        "nat.timeouts.tcp_established_s": 8000,
        "nat.hairpin": False,
        "natpmp.requests_per_s": 500,
        "pcp.filters_max": 4,
        "export.sinks": Add([
            {
                "name": "wire",
                "type": "ipfix",
                "target": "tls://127.0.0.1:6000",
                "ca": f"{DIR}/one.pem",
                "cert": f"{DIR}/one.pem",
                "key": f"{DIR}/one.key",
                "domain": 1,
                "connect_every_s": 5,
            },
            {"name": "tape", "type": "file", "path": f"{DIR}/tape.log"},
            {"name": "fast", "type": "ipfix", "target": "udp://127.0.0.1:6001", "templates_every_s": 600},
            {"name": "line", "type": "syslog", "target": "udp://127.0.0.1:6002"},
        ]),
    },
    {
        "neighbours[192.0.2.7].mac": "02:00:5e:10:00:02",
        "ports[inside0].source_check": "route",
        "pools[homes].use_high_percent": 90,
        "groups[guests].prefixes": Add(["100.64.4.0/24"]),
        "groups[residential].mappings_udp_max": 900,
        "nat.timeouts.tcp_opening_s": 300,
        "nat.port_choice": "preserve",
        "natpmp.announce": False,
        "pcp.port_set_max": 16,
        "export.sinks[wire].domain": 2,
    },
    {
        "pools[homes].use_low_percent": 10,
        "pools[homes].blocks_high_percent": 95,
        "groups[residential].mappings_tcp_max": 900,
        "groups[residential].mappings_icmp_max": 100,
        "nat.timeouts.tcp_closing_s": 300,
        "nat.port_parity": True,
        "nat.inbound_refresh": True,
        "natpmp.announce_to_5351": True,
        "pcp.anycast": False,
        "export.sinks[wire].ca": f"{DIR}/two.pem",
        "export.sinks[wire].cert": f"{DIR}/two.pem",
        "export.sinks[wire].key": f"{DIR}/two.key",
        "export.sinks[tape].path": f"{DIR}/tape2.log",
    },
    {
        "pools[guests].drain": ["198.51.100.17"],
        "pools[guests].drain_max_s": 10,
        "groups[residential].mappings_high": 500,
        "groups[residential].mappings_per_s": 1000,
        "nat.timeouts.fragment_s": 3,
        "nat.pool_echo": True,
        "nat.syn_unreachable": False,
        "natpmp.version_error_bit": False,
        "pcp.relay_unknown": True,
        "pcp.third_party": ["100.64.0.99/32"],
        "export.sinks[wire].connect_every_s": 10,
        "export.sinks[fast].templates_every_s": 60,
    },
    {
        "groups[residential].sessions_max": 4000,
        "groups[residential].leases_max": 20,
        "groups[residential].leases_reserve": 8,
        "nat.hold_down_s": 240,
        "nat.block_guard_s": 60,
        "nat.pass_through": ["192.0.2.128/25"],
        "nat.subscribers_max": 1000,
        "pcp.peer": False,
        "softwire.tunnel_mtu": 1400,
        "softwire.df": "fragment",
        "softwire.dscp": "pipe",
        "export.sinks[line].type": "ipfix",
        "export.sinks[fast].target": "udp://127.0.0.1:6003",
    },
    {
        "nat.static_mappings": Add(
            [{"protocol": "tcp", "inside": "100.64.0.14:80", "external": "198.51.100.6:80"}]),
        "nat.mappings_high": 10000,
        "nat.sessions_high": 10000,
        "nat.subscribers_high": 500,
        "softwire.hop_limit": 32,
        "softwire.move_min_s": 60,
        "softwire.homes_high": 100,
        "pcp.map": False,
        "export.records": Add(["sessions", "mappings"]),
        "export.destinations": True,
    },
    {
        "nat.static_mappings[100.64.0.14:80].inside": "100.64.0.14:81",
        "nat.notify_interval_s": 5,
        "nat.icmp_errors_per_s": 500,
        "limits.station_addresses_max": 100,
        "groups[fixed].deterministic.use_high_percent": 80,
        "restart.max_age_s": 600,
        "metrics.listen": "127.0.0.1:6004",
        "pcp.enabled": False,
        "allow_rfc_violations": ["nat.hold_down_s"],
    },
    {"natpmp.role": "off", "restart.keep_state": False, "nat.hold_down_s": 60},
]


def place(conf, path):
    """The map that has the last key of a path, and this key. Entries of a list are found by one of their values."""
    *parents, last = re.findall(r"[^.\[\]]+|\[[^\]]+\]", path)
    for part in parents:
        if part[0] == "[":
            conf = next(entry for entry in conf if part[1:-1] in entry.values())
        else:
            conf = conf.setdefault(part, {})
    return conf, last


def apply(conf, step, directory):
    for path, value in step.items():
        at, key = place(conf, path)
        text = yaml.safe_dump(list(value) if isinstance(value, Add) else value).replace(DIR, directory)
        new = yaml.safe_load(text)
        at[key] = at.get(key, []) + new if isinstance(value, Add) else new


def make(base, step, directory):
    conf = yaml.safe_load(open(base))
    step = int(step)
    for changes in STEPS[: step if step <= len(STEPS) else 2 * len(STEPS) - step]:
        apply(conf, copy.deepcopy(changes), directory)
    yaml.safe_dump(conf, sys.stdout, sort_keys=False)


def missing(reference):
    """An entry that comes and goes changes all keys that it has."""
    has = set()
    for path, value in (change for step in STEPS for change in step.items()):
        path = re.sub(r"\[[^\]]+\]", "[]", path)
        has.add(path)
        for entry in value if isinstance(value, Add) else []:
            if isinstance(entry, dict):
                has |= {f"{path}[].{key}" for key in entry}
    section = ""
    for line in open(reference):
        if line.startswith("## "):
            section = line.split()[1]
        elif line.startswith("| `") and "| reload |" in line:
            key = line.split("`")[1]
            paths = f"{section}.{key}" if section else key, f"{section}[].{key}"
            if has.isdisjoint(paths):
                print(paths[0])


{"make": make, "missing": missing}[sys.argv[1]](*sys.argv[2:])
