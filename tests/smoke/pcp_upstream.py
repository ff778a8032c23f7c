#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A PCP server that knows more than the RFCs, with no code of cgnd. It maps nothing.

usage: pcp_upstream.py LOG

MAP and ANNOUNCE  are answered as by a NAT with the address 203.0.113.7
opcode 50         answered with the data of the request in capital letters
other opcodes     UNSUPP_OPCODE, with the client's address in the reserved bits (RFC 6887 section 7.2)
opcode 52         is not answered
option 60 of MAP  (must be processed) answered with its data in capital letters
option 200        (may be ignored) answered with its data in capital letters
options below 128 UNSUPP_OPTION

LOG gets a line for each request, with the octets as a hexadecimal number.
"""

import ipaddress
import socket
import struct
import sys
import time

EPOCH_AT_START = 5000  # no relay has this one
EXTERNAL = bytes(10) + b"\xff\xff" + ipaddress.ip_address("203.0.113.7").packed


def options_of(octets):
    """Yield (code, data) of each option."""
    while octets:
        code, length = struct.unpack_from("!BxH", octets)
        yield code, octets[4 : 4 + length]
        octets = octets[4 + (length + 3) // 4 * 4 :]


def option(code, data):
    return struct.pack("!BxH", code, len(data)) + data + bytes(-len(data) % 4)


def refuse(request, result, epoch, reserved=bytes(12)):
    head = struct.pack("!BBBBII", 2, request[1] | 0x80, 0, result, 1800, epoch)
    return head + reserved + request[24:]


def take_map(request, epoch):
    asked = list(options_of(request[60:]))
    if any(code < 128 and code not in (2, 60) for code, _ in asked):
        return refuse(request, 5, epoch)
    lifetime, = struct.unpack_from("!I", request, 4)
    in_port, ext_port = struct.unpack_from("!HH", request, 40)
    head = struct.pack("!BBBBII", 2, 0x81, 0, 0, lifetime, epoch) + bytes(12)
    data = request[24:40] + struct.pack("!HH", in_port, ext_port or in_port) + EXTERNAL
    told = b"".join(option(code, text.upper()) for code, text in asked if code in (60, 200))
    return head + data + told


def answer(request, epoch):
    opcode = request[1]
    if opcode == 0:
        return struct.pack("!BBBBII", 2, 0x80, 0, 0, 0, epoch) + bytes(12)
    if opcode == 1:
        return take_map(request, epoch)
    if opcode == 50:
        head = struct.pack("!BBBBII", 2, 0x80 | 50, 0, 0, 1234, epoch) + bytes(12)
        return head + request[24:].upper()
    return refuse(request, 4, epoch, request[12:24])


def main():
    start = time.monotonic() - EPOCH_AT_START
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, open(sys.argv[1], "w", encoding="ascii") as log:
        s.bind(("", 5351))
        while True:
            request, sender = s.recvfrom(2000)
            print(request.hex(), file=log, flush=True)
            if len(request) >= 24 and request[0] == 2 and request[1] < 128 and request[1] != 52:
                s.sendto(answer(request, int(time.monotonic() - start)), sender)


if __name__ == "__main__":
    main()
