#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A NAT-PMP request past the policies of the sender's kernel: delete all TCP mappings of 100.64.0.11.

usage: ipsec.py whole|fragments [MAC]    MAC: of the sender, if not that of the interface
"""

import sys

# Not scapy.all: that takes half a minute in user-mode Linux (scripts/test --esp).
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.l2 import Ether, getmacbyip
from scapy.packet import Raw
from scapy.sendrecv import sendp

gateway = "100.64.0.1"
request = bytes([0, 2]) + bytes(10)
# Longer than it has to be, so that it can be cut. cgnd reads the first twelve octets.
data = request if sys.argv[1] == "whole" else request + bytes(1000)
packet = IP(src="100.64.0.11", dst=gateway, id=77) / UDP(sport=4444, dport=5351) / Raw(data)
station = {"src": sys.argv[2]} if len(sys.argv) > 2 else {}
pieces = [packet] if sys.argv[1] == "whole" else fragment(packet, fragsize=400)
sendp([Ether(dst=getmacbyip(gateway), **station) / p for p in pieces], iface="eth0", verbose=False)
