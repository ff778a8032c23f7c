# SPDX-License-Identifier: BSD-3-Clause
"""NAT-PMP requests (RFC 6886) as IPv4 packets, sent in the name of a host of a capture."""

import socket
import struct

from packet import TCP, UDP, Packet, checksum

PORT, CLIENT_PORT = 5351, 49151
LIFETIME_S = 3600
MAP = {UDP: 1, TCP: 2}


def request(host, gateway, body):
    """A request of a host, as an IPv4 packet."""
    udp = struct.pack("!HHHH", CLIENT_PORT, PORT, 8 + len(body), 0) + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, UDP, 0)
    head += socket.inet_aton(host) + socket.inet_aton(gateway)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def ask_address(host, gateway):
    return request(host, gateway, b"\0\0")


def ask_port(host, gateway, proto, port):
    return request(host, gateway, struct.pack("!BBHHHI", 0, MAP[proto], 0, port, port, LIFETIME_S))


def reply(packet, host):
    """Operation, result and what follows the epoch, of an answer to this host; None if it is no answer."""
    p = Packet(packet)
    if (p.proto, p.dst) != (UDP, host) or (p.port("src"), p.port("dst")) != (PORT, CLIENT_PORT):
        return None
    body = bytes(p.data[p.l4 + 8 :])
    return body[1] & 0x7F, struct.unpack("!H", body[2:4])[0], body[8:]


class Client:
    """Opens ports for the inside hosts through an inside port."""

    def __init__(self, port, gateway, timeout):
        self.port, self.gateway, self.timeout = port, gateway, timeout

    def ask(self, host, packet, operation):
        self.port.send(packet)
        while (data := self.port.receive_ip(self.timeout)) is not None:
            answer = reply(data, host)
            if answer and answer[0] == operation:
                return answer[2] if answer[1] == 0 else None
        return None

    def open(self, proto, host, port):
        """External address and port, or None if cgnd gives none."""
        if proto not in MAP:
            return None
        address = self.ask(host, ask_address(host, self.gateway), 0)
        ports = address and self.ask(host, ask_port(host, self.gateway, proto, port), MAP[proto])
        if not ports:
            return None
        return socket.inet_ntoa(address[:4]), struct.unpack("!HH", ports[:4])[1]
