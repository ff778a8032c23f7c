#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the smoke test of metrics asks and compares.

usage: metrics.py parse METRICS COUNTERS.json ALERTS.yml
       metrics.py prometheus URL DASHBOARD.json
       metrics.py silent ADDRESS PORT COUNT
"""

import json
import re
import socket
import sys
import time
import urllib.parse
import urllib.request

DEADLINE_S = 120  # only a hang lasts so long


def families_of(path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    with open(path, encoding="utf-8") as f:
        return {family.name: family for family in text_string_to_metric_families(f.read())}


def check_family(family):
    """Names, help and the times since when counters count."""
    assert re.fullmatch(r"cgnd_[a-z0-9_]+", family.name), family.name
    assert family.documentation, f"{family.name} has no help"
    assert family.type in ("counter", "gauge", "histogram", "info"), family.name
    assert family.samples, f"{family.name} has no value"
    if family.type in ("counter", "histogram"):
        created = [s for s in family.samples if s.name.endswith("_created")]
        values = [s for s in family.samples if s.name.endswith(("_total", "_count"))]
        assert len(created) == len(values), family.name
        for s in created:
            assert 0 <= time.time() - s.value < 3600, (s.name, s.value)


def sum_of(families, name):
    return sum(s.value for s in families[name].samples if not s.name.endswith("_created"))


def parse(metrics, counters, alerts):
    families = families_of(metrics)
    for family in families.values():
        check_family(family)
    rooms = {"counters": "cgnd_worker_", "gauges": "cgnd_worker_", "control": "cgnd_control_"}
    rooms["portmap"] = "cgnd_portmap_"
    with open(counters, encoding="utf-8") as f:
        groups = json.load(f)
    n = 0
    for group, prefix in rooms.items():
        for name, value in groups[group].items():
            family = "cgnd_process_mbufs_free" if name == "mbufs_free" else prefix + name
            assert family in families, f"{group} {name} is not in the metrics"
            # cgnctl has asked later, so its counters are not lower
            if families[family].type == "counter":
                assert sum_of(families, family) <= value, (family, value)
            n += 1
    assert n > 150, n
    verdicts = {(s.labels["class"], s.labels["verdict"]) for s in families["cgnd_packets"].samples}
    shown = {(g, v) for g, of in groups["verdicts"].items() if isinstance(of, dict) for v in of}
    assert verdicts == shown, verdicts ^ shown
    for name in ("mappings_made_udp", "mappings_made_tcp", "mappings_made_icmp"):
        assert sum_of(families, "cgnd_worker_" + name) >= 1, name
    for family, least in (
        ("cgnd_pool_mappings_made", 3),
        ("cgnd_pool_pairings", 2),
        ("cgnd_pool_subscribers", 2),
        ("cgnd_pool_blocks_used", 2),
        ("cgnd_pool_addresses_used", 1),
        ("cgnd_pool_address_failures", 0),
        ("cgnd_pool_port_failures", 0),
        ("cgnd_pool_blocks_guarded", 0),
        ("cgnd_pool_guard_cut", 0),
        ("cgnd_group_subscribers", 2),
        ("cgnd_group_leases", 1),
        ("cgnd_port_rx_bytes", 1000),
        ("cgnd_worker_softwires", 0),
        ("cgnd_worker_loop_seconds", 1),
    ):
        assert sum_of(families, family) >= least, family
    # The unit stands at the end of the name.
    units = {f.name: f.unit for f in families.values() if f.unit}
    assert {"packets", "bytes", "seconds"} == set(units.values()), units
    names = {s.name for f in families.values() for s in f.samples}
    with open(alerts, encoding="utf-8") as f:
        for name in set(re.findall(r"\bcgnd_\w+", f.read())):
            assert name in names, f"alert on {name}, which is not in the metrics"
    print(f"{len(families)} families")


def get(url, path, **params):
    query = urllib.parse.urlencode(params)
    with urllib.request.urlopen(f"{url}{path}?{query}", timeout=60) as r:
        answer = json.load(r)
    assert answer["status"] == "success", answer
    return answer["data"]


def until(what, condition):
    """Wait for a condition. @return what it returns"""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        try:
            result = condition()
        except OSError:
            result = None  # Prometheus still starts
        if result:
            return result
        time.sleep(0.5)
    raise AssertionError("gave up: " + what)


def expressions(dashboard):
    """All queries of a dashboard, with its variables filled in."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expr = target["expr"].replace("$job", "cgnd").replace("$instance", ".*")
            expr = expr.replace("$__rate_interval", "1m")
            assert "$" not in expr, expr
            yield panel["title"], expr


def prometheus(url, path):
    up = until("the scrape", lambda: get(url, "/api/v1/query", query='up{job="cgnd"} == 1')["result"])
    print("up:", up)
    with open(path, encoding="utf-8") as f:
        dashboard = json.load(f)
    n = 0
    for title, expr in expressions(dashboard):
        # Rates need two scrapes.
        result = until(f"{title}: {expr}", lambda e=expr: get(url, "/api/v1/query", query=e)["result"])
        n += 1
        print(f"{title}: {len(result)} results")
    assert n > 40, n
    for variable in dashboard["templating"]["list"]:
        m = re.fullmatch(r"label_values\((.*), (\w+)\)", variable.get("definition", ""))
        if m:
            match = m.group(1).replace("$job", "cgnd")
            params = {"match[]": match}
            assert get(url, f"/api/v1/label/{m.group(2)}/values", **params), variable["name"]

    def rules():
        groups = get(url, "/api/v1/rules")["groups"]
        found = [r for g in groups for r in g["rules"]]
        return found if found and all(r["health"] == "ok" for r in found) else None

    found = until("the rules", rules)
    print(f"{len(found)} rules")
    firing = [r["name"] for r in found if r["state"] == "firing"]
    assert not firing, firing
    created = get(url, "/api/v1/query", query='count({__name__=~"cgnd_.+_created"})')["result"]
    assert not created, created


def silent(address, port, count):
    """Open connections and say nothing, or half a request, until the test ends."""
    held = []
    while True:
        while len(held) < int(count):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex((address, int(port)))
            held.append(s)
        for i, s in enumerate(held):
            try:
                if i % 2 == 0:
                    s.send(b"G" if i % 4 == 0 else b"")
            except BlockingIOError:
                pass
            except OSError:
                held[i] = None
        held = [s for s in held if s is not None]
        time.sleep(0.5)


if __name__ == "__main__":
    commands = {"parse": parse, "prometheus": prometheus, "silent": silent}
    commands[sys.argv[1]](*sys.argv[2:])
