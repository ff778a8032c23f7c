#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""libtorrent, which has a NAT-PMP client of its own, opens its ports; somebody outside looks it up.

usage: natpmp_torrent.py client ADDRESS PORT PORTS_FILE DONE_FILE
       natpmp_torrent.py reach ADDRESS TCP_PORT UDP_PORT
client writes "ports TCP UDP" when both are open and ends when DONE_FILE exists. reach asks the DHT node
behind the UDP port and connects to the TCP port.
"""

import os
import socket
import sys
import time


def client(address, port, ports_file, done_file):
    import libtorrent as lt

    session = lt.session({
        "listen_interfaces": f"{address}:{port}",
        "enable_natpmp": True,
        "enable_upnp": False,
        "enable_lsd": False,
        "enable_dht": True,
        "dht_bootstrap_nodes": "",
        "alert_mask": lt.alert.category_t.all_categories,
    })
    opened = {}
    while not os.path.exists(done_file):
        for alert in session.pop_alerts():
            if "portmap" in alert.what():
                print(alert.message(), flush=True)
            if isinstance(alert, lt.portmap_alert):
                opened[str(alert.map_protocol).lower()] = alert.external_port
                if len(opened) == 2:
                    with open(ports_file + ".new", "w") as f:
                        print("ports", opened["tcp"], opened["udp"], file=f)
                    os.rename(ports_file + ".new", ports_file)
        time.sleep(0.1)


def reach(address, tcp, udp):
    with socket.create_connection((address, int(tcp)), timeout=60):
        print(f"connected to {address}:{tcp}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(60)
        s.sendto(b"d1:ad2:id20:" + b"i" * 20 + b"e1:q4:ping1:t2:xy1:y1:qe", (address, int(udp)))
        answer, source = s.recvfrom(2048)
        print(f"{source} answers {answer}")
        assert b"1:rd2:id20:" in answer and b"1:t2:xy" in answer, answer


{"client": client, "reach": reach}[sys.argv[1]](*sys.argv[2:])
