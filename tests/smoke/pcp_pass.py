#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A PCP client of a home router in front of which pcp_upstream.py answers.

usage: pcp_pass.py SERVER on|off|many
       on    unknown opcodes and options are passed on
       off   they are refused
       many  50 requests of opcode 50; each gets the answer to itself
"""

import argparse
import struct
import sys

import pcp_client
from pcp_client import TCP, Client, expect, header, map_request, option, own_address, third_party


def epoch_of(answer):
    return struct.unpack_from("!I", answer, 8)[0]


def on():
    c = Client()
    own = c.ask(header(0, 0))
    # Only the client's address changes upwards, only the epoch downwards.
    answer = c.ask(header(50, 4711) + b"hello, nat in front.")
    expect("opcode 50", answer, 0, lifetime=1234, length=44)
    assert answer[24:] == b"HELLO, NAT IN FRONT.", answer.hex()
    print("epochs", epoch_of(own), epoch_of(answer))
    assert epoch_of(own) <= epoch_of(answer) < 5000
    # The error of the NAT in front has the address of its client there.
    request = header(51, 60) + b"nobody knows"
    refused = c.ask(request)
    expect("opcode 51", refused, 4, lifetime=1800, length=36)
    assert refused[12:24] == request[12:24], refused.hex()
    both = option(60, b"must") + option(200, b"may")
    mapped = c.ask(map_request(TCP, 8000, ext_port=40080) + both)
    expect("options 60 and 200", mapped, 0, lifetime=3600, length=76)
    assert mapped[60:] == option(60, b"MUST") + option(200, b"MAY"), mapped.hex()
    assert mapped[40:44] == struct.pack("!HH", 8000, 40080) and mapped[56:60] == bytes([203, 0, 113, 7])
    deleted = c.ask(map_request(TCP, 8000, 0) + option(60, b"gone"))
    expect("a deletion with option 60", deleted, 0, lifetime=0, length=68)
    assert deleted[60:] == option(60, b"GONE"), deleted.hex()
    expect("option 61", c.ask(map_request(TCP, 8001) + option(61)), 5, length=64)
    # For the NAT in front, this host is the home router. So it must not ask for another one.
    for data in b"", b"data", option(200, b"x"):
        smuggled = header(50, 60) + data + third_party("192.168.1.77")
        expect("opcode 50 with THIRD_PARTY", c.ask(smuggled), 4, lifetime=1800)
    expect("MAP with THIRD_PARTY", c.ask(map_request(TCP, 8001) + third_party("192.168.1.77")), 5)
    expect("another client", c.ask(header(50, 60, "192.168.1.77")), 12)
    expect("ANNOUNCE with option 60", c.ask(header(0, 0) + option(60)), 5)


def off():
    c = Client()
    expect("opcode 50", c.ask(header(50, 60)), 4, lifetime=1800, length=24)
    expect("option 60", c.ask(map_request(TCP, 8000) + option(60)), 5, lifetime=1800, length=64)
    expect("option 200", c.ask(map_request(TCP, 8000) + option(200, b"may")), 0, lifetime=3600, length=60)
    # Nobody has answered yet, so the client's next request is answered first.
    expect("ANNOUNCE", c.ask(header(0, 0)), 0, lifetime=0, length=24)


def many():
    c = Client()
    own = own_address().encode()
    for i in range(50):
        text = b"%b asks %d" % (own, i)
        text += b"." * (-len(text) % 4)
        answer = c.ask(header(50, 60) + text)
        # A request that was repeated is answered twice.
        while answer[24:] != text.upper():
            assert answer[24:].startswith(own + b" ASKS "), answer[24:]
            answer = c.s.recv(2000)
    print("each request got its answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("command", choices=["on", "off", "many"])
    args = parser.parse_args()
    pcp_client.options = argparse.Namespace(server=args.server, source=None, other=None)
    {"on": on, "off": off, "many": many}[args.command]()
    sys.exit(0)
