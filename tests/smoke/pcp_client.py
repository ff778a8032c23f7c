#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""PCP (RFC 6887) octet by octet, with no code of cgnd.

usage: pcp_client.py [OPTIONS] map tcp|udp PORT [LIFETIME [NONCE [EXTERNAL_PORT]]]   prints "ADDRESS PORT LIFETIME EPOCH"
       pcp_client.py [OPTIONS] filter tcp|udp PORT NONCE [PREFIX[,PORT]|clear]...   the same as map, with FILTER options
       pcp_client.py [OPTIONS] rules                                                one packet for each rule of the server
       pcp_client.py [OPTIONS] manager ADDRESS                                      the rules of a host that asks for ADDRESS
       pcp_client.py [OPTIONS] b4 ADDRESS                                           the rules of a B4 that asks for ADDRESS
       pcp_client.py [OPTIONS] updated PORT                                         map UDP PORT, and wait until it is ended
       pcp_client.py [OPTIONS] moved PORT                                           map UDP PORT, and wait until it has another address
       pcp_client.py [OPTIONS] unheard                                              send requests, and wait for nothing
Asks 100.64.0.1, from the address that the kernel chooses. NONCE is a number (default 1).

options: --server ADDRESS   ask this one
         --source ADDRESS   from this one
         --for ADDRESS      the mapping is for this host (THIRD_PARTY)
"""

import argparse
import ipaddress
import socket
import struct
import sys

PORT = 5351
TCP, UDP = 6, 17
# RFC 6887 section 8.1.1, but for the end: a busy machine may drop some, and nothing fails on a time.
WAITS_S = (3, 6) + (10,) * 12


def connect():
    s = socket.socket(socket.AF_INET6 if ":" in options.server else socket.AF_INET, socket.SOCK_DGRAM)
    if options.source:
        s.bind((options.source, 0))
    s.connect((options.server, PORT))
    return s


def own_address():
    with connect() as s:
        return s.getsockname()[0]


def mapped(address):
    packed = ipaddress.ip_address(address).packed
    return packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed


def header(opcode, lifetime, client=None, version=2):
    return struct.pack("!BBHI", version, opcode, 0, lifetime) + mapped(client or own_address())


def map_data(nonce, proto, port, ext_port=0, ext="0.0.0.0"):
    return nonce.to_bytes(12, "big") + struct.pack("!BxxxHH", proto, port, ext_port) + mapped(ext)


def map_request(proto, port, lifetime=3600, nonce=1, ext_port=0, ext="0.0.0.0"):
    party = third_party(options.other) if options.other else b""
    return header(1, lifetime) + map_data(nonce, proto, port, ext_port, ext) + party


def peer_request(proto, port, lifetime=3600, nonce=1, ext_port=0, ext="0.0.0.0", rem="203.0.113.1", rem_port=80):
    data = map_data(nonce, proto, port, ext_port, ext) + struct.pack("!Hxx", rem_port) + mapped(rem)
    return header(2, lifetime) + data


def option(code, data=b""):
    return struct.pack("!BxH", code, len(data)) + data + bytes(-len(data) % 4)


def third_party(address):
    return option(1, mapped(address))


def filter_option(text):
    """FILTER (RFC 6887 section 13.3): an IPv4 prefix has 96 bits before it; a length of 0 clears what was set."""
    if text == "clear":
        return option(3, bytes(20))
    prefix, _, port = text.partition(",")
    net = ipaddress.ip_network(prefix)
    return option(3, struct.pack("!BBH", 0, 96 + net.prefixlen, int(port or 0)) + mapped(str(net.network_address)))


class Client:
    def __init__(self):
        self.s = connect()

    def ask(self, request):
        """Send until there is an answer, and return it."""
        for wait in WAITS_S:
            self.s.settimeout(wait)
            self.s.send(request)
            try:
                return self.s.recv(2000)
            except TimeoutError:
                continue
        raise SystemExit(f"no answer to {request.hex()}")

    def silent(self, request):
        """A request that gets no answer: the next one, which gets one, is answered first."""
        self.s.send(request)
        answer = self.ask(header(0, 0))
        assert answer[1] == 0x80 and len(answer) == 24, answer.hex()


def code(answer):
    return answer[3]


def lifetime_of(answer):
    return struct.unpack_from("!I", answer, 4)[0]


def show(answer):
    if code(answer) != 0:
        raise SystemExit(f"result {code(answer)} lifetime {lifetime_of(answer)}")
    _, _, _, _, lifetime, epoch = struct.unpack_from("!BBBBII", answer)
    ext_port, = struct.unpack_from("!H", answer, 42)
    print(ipaddress.IPv4Address(answer[56:60]), ext_port, lifetime, epoch)


def expect(what, answer, result, **fields):
    got = {"result": code(answer), "lifetime": lifetime_of(answer), "length": len(answer)}
    wanted = {"result": result, **fields}
    print(what, got)
    for name, value in wanted.items():
        assert got[name] == value, f"{what}: {name} is {got[name]}, not {value}"
    assert answer[0] == 2 and answer[1] & 0x80, f"{what}: {answer[:4].hex()}"


def rules():
    c = Client()
    good = map_request(TCP, 8080)
    # E-RX-2
    c.silent(b"\2")
    c.silent(good[:20])
    c.silent(bytes([2, 0x81]) + good[2:])
    expect("no multiple of four", c.ask(good + b"\0"), 3, lifetime=1800, length=64)
    expect("too long", c.ask(good + bytes(1044)), 3, lifetime=1800, length=1100)
    expect("too short for MAP", c.ask(good[:56]), 3, lifetime=1800)
    expect("another client", c.ask(header(1, 60, "100.64.0.99") + map_data(1, TCP, 80)), 12, lifetime=1800)
    expect("opcode 50", c.ask(header(50, 60)), 4, lifetime=1800)
    # E-VER-1
    for version in 1, 3, 255:
        expect(f"version {version}", c.ask(header(1, 60, version=version) + map_data(1, TCP, 80)), 1, lifetime=1800)
    # E-RX-3: a copy, with the reserved bits 0 because the request was understood
    request = map_request(UDP, 9) + option(70, b"abc")
    answer = c.ask(request)
    expect("option that must be processed", answer, 5, lifetime=1800, length=len(request))
    assert answer[24:] == request[24:] and answer[12:24] == bytes(12), answer.hex()
    # E-RX-4
    expect("that made nothing", c.ask(map_request(UDP, 9, 0)), 0, lifetime=0)
    # E-RX-5
    expect("option that may be ignored", c.ask(map_request(UDP, 9) + option(250, b"abc")), 0, length=60)
    expect("option that is cut", c.ask(map_request(UDP, 9) + b"\xfa\0\0\x40"), 6)
    # E-OPT-1: from a subscriber
    expect("another subscriber", c.ask(good + third_party("100.64.0.77")), 5, lifetime=1800)
    expect("an option of another opcode", c.ask(header(0, 0) + third_party("100.64.0.77")), 6)
    # E-MAP-2
    for proto, port, result in (TCP, 0, 9), (0, 0, 9), (0, 80, 3), (132, 80, 9):
        expect(f"protocol {proto} port {port}", c.ask(map_request(proto, port)), result, lifetime=1800)
    expect("deletion of protocol 0 port 80", c.ask(map_request(0, 80, 0)), 3, lifetime=1800)
    # E-LIFE-1
    expect("lifetime 1", c.ask(map_request(TCP, 1000, 1)), 0, lifetime=120)
    expect("lifetime 10^9", c.ask(map_request(TCP, 1000, 10**9)), 0, lifetime=86400)
    # E-MAP-3
    first = c.ask(map_request(TCP, 1001, 3600, 5))
    expect("new", first, 0, lifetime=3600)
    again = c.ask(map_request(TCP, 1001, 7200, 5, 50000))
    expect("renewed", again, 0, lifetime=7200)
    assert again[42:60] == first[42:60], "another external port"
    other = c.ask(map_request(TCP, 1001, 60, 6))
    expect("another nonce", other, 2)
    assert 7000 < lifetime_of(other) <= 7200
    expect("deletion with another nonce", c.ask(map_request(TCP, 1001, 0, 6)), 2)
    # E-MAP-4: a suggestion never makes a request fail.
    for i, (ext, port) in enumerate((("0.0.0.0", 5351), ("127.0.0.1", 80), ("203.0.113.1", 9), ("44.128.0.1", 1))):
        expect(f"suggestion {ext}:{port}", c.ask(map_request(TCP, 1100 + i, 60, 1, port, ext)), 0)
    # E-LIFE-2
    for what in "deletion", "again":
        deletion = c.ask(map_request(TCP, 1001, 0, 5, 1234, "192.0.2.77"))
        expect(what, deletion, 0, lifetime=0)
        assert deletion[42:44] == b"\x04\xd2" and deletion[56:60] == bytes([192, 0, 2, 77])
    peer_rules(c)
    option_rules(c)
    set_rules(c)


def peer_rules(c):
    # E-PEER-1
    expect("PEER for all protocols", c.ask(peer_request(0, 80)), 3)
    expect("PEER without inside port", c.ask(peer_request(TCP, 0)), 3)
    expect("PEER without remote port", c.ask(peer_request(TCP, 80, rem_port=0)), 3)
    expect("PEER to this host", c.ask(peer_request(TCP, 80, rem="127.0.0.1")), 3)
    expect("PEER, PREFER_FAILURE", c.ask(peer_request(TCP, 80) + option(2)), 3)
    expect("PEER, protocol 132", c.ask(peer_request(132, 80)), 9, lifetime=1800)
    # E-PEER-2
    expect("PEER, nothing there", c.ask(peer_request(TCP, 1300, 0)), 0, lifetime=0, length=80)
    first = c.ask(peer_request(TCP, 1300, 3600))
    expect("PEER", first, 0, lifetime=3600, length=80)
    assert first[60:] == peer_request(TCP, 1300)[60:], first.hex()
    shorter = c.ask(peer_request(TCP, 1300, 120))
    expect("PEER, shorter", shorter, 0)
    assert 3500 < lifetime_of(shorter) <= 3600 and shorter[42:60] == first[42:60]
    expect("PEER, another nonce", c.ask(peer_request(TCP, 1300, 120, nonce=2)), 2)
    expect("deletion of PEER by MAP", c.ask(map_request(TCP, 1300, 0)), 2)
    taken = struct.unpack_from("!H", first, 42)[0]
    expect("PEER, suggestion is taken", c.ask(peer_request(TCP, 1301, 120, ext_port=taken)), 11)
    expect("PEER, foreign address", c.ask(peer_request(TCP, 1301, 120, ext_port=9, ext="203.0.113.1")), 11)
    expect("MAP beside PEER", c.ask(map_request(TCP, 1300, 3600, 9)), 0)
    expect("deletion of MAP beside PEER", c.ask(map_request(TCP, 1300, 0, 9)), 0)


def option_rules(c):
    # E-OPT-2
    taken = struct.unpack_from("!H", c.ask(map_request(TCP, 1400, 3600)), 42)[0]
    expect("PREFER_FAILURE, taken", c.ask(map_request(TCP, 1401, 3600, 1, taken) + option(2)), 11, lifetime=30)
    expect("PREFER_FAILURE, port 0", c.ask(map_request(TCP, 1401) + option(2)), 6)
    own = c.ask(map_request(TCP, 1400, 3600, 1, taken) + option(2))
    expect("PREFER_FAILURE, its own", own, 0, length=64)
    expect("PREFER_FAILURE, another one", c.ask(map_request(TCP, 1400, 3600, 1, taken ^ 1) + option(2)), 11)
    # E-OPT-5
    text = "für \u001b[31mspiele".encode()
    answer = c.ask(map_request(TCP, 1400) + option(128, text))
    expect("DESCRIPTION", answer, 0)
    assert answer[60:] == option(128, text), answer.hex()
    expect("no DESCRIPTION", c.ask(map_request(TCP, 1400)), 0, length=60)
    long = c.ask(map_request(TCP, 1402) + option(128, 500 * b"x"))
    expect("long DESCRIPTION", long, 0)
    assert long[60:] == option(128, 128 * b"x"), long.hex()


def port_set(size, first, parity=0):
    return option(130, struct.pack("!HHB", size, first, parity))


def set_rules(c):
    # E-OPT-4
    request = map_request(UDP, 2000) + port_set(10, 2000, 1)
    first = c.ask(request)
    expect("PORT_SET", first, 0, length=72)
    assert first[60:] == request[60:], first.hex()
    assert first[43] & 1 == 0, "the first port is odd"
    expect("PORT_SET of 1", c.ask(map_request(UDP, 2100) + port_set(1, 2100)), 0, length=60)
    expect("PORT_SET of 0", c.ask(map_request(UDP, 2100) + port_set(0, 2100)), 6)
    expect("PORT_SET twice", c.ask(map_request(UDP, 2100) + 2 * port_set(5, 2100)), 6)
    expect("PORT_SET, PREFER_FAILURE", c.ask(map_request(UDP, 2100, ext_port=9999) + port_set(5, 2100) + option(2)), 6)
    again = c.ask(request)
    assert again[40:] == first[40:], again.hex()
    expect("PORT_SET, another nonce", c.ask(map_request(UDP, 2000, nonce=2) + port_set(10, 2000)), 2)
    expect("PORT_SET deleted", c.ask(map_request(UDP, 2000, 0) + port_set(10, 2000)), 0, lifetime=0)


def set_of(proto, port, size):
    protocol = {"tcp": TCP, "udp": UDP}[proto]
    answer = Client().ask(map_request(protocol, int(port), nonce=9) + port_set(int(size), int(port)))
    show(answer)
    print(*struct.unpack_from("!HH", answer, 64))


def manager(other):
    # E-OPT-1: from a host that may ask for others
    c = Client()
    own = own_address()
    expect("for itself", c.ask(map_request(UDP, 70) + third_party(own)), 3, lifetime=1800)
    expect("without a NAT of its own", c.ask(map_request(UDP, 70)), 2, lifetime=1800)
    expect("for nobody", c.ask(map_request(UDP, 70) + third_party("8.8.8.8")), 2, lifetime=1800)
    expect("for an IPv6 host", c.ask(map_request(UDP, 70) + third_party("2001:db8::1")), 2, lifetime=1800)
    expect("twice", c.ask(map_request(UDP, 70) + 2 * third_party(other)), 6)
    request = map_request(UDP, 70) + third_party(other)
    answer = c.ask(request)
    expect("for another", answer, 0, lifetime=3600, length=80)
    assert answer[60:] == request[60:], answer.hex()
    expect("with another nonce", c.ask(map_request(UDP, 70, nonce=2) + third_party(other)), 2)
    expect("deleted", c.ask(map_request(UDP, 70, 0) + third_party(other)), 0, lifetime=0, length=80)
    expect("ANNOUNCE", c.ask(header(0, 0)), 0, lifetime=0, length=24)


def b4(other):
    # RFC 7648 section 3.3: a B4 over IPv6, for a host of its home
    c = Client()
    own = own_address()
    good = map_request(UDP, 70) + third_party(other)
    c.silent(good[:20])
    expect("version 0", c.ask(bytes([0]) + good[1:]), 1, lifetime=1800)
    expect("NAT-PMP", c.ask(bytes(2)), 1, lifetime=1800, length=24)
    expect("the inner address as client", c.ask(header(1, 60, other) + map_data(1, UDP, 70) + third_party(other)), 12)
    expect("for itself", c.ask(map_request(UDP, 70) + third_party(own)), 3, lifetime=1800)
    expect("an IPv6 mapping", c.ask(map_request(UDP, 70)), 2, lifetime=1800)
    expect("for a native subscriber", c.ask(map_request(UDP, 70) + third_party("100.64.0.11")), 2, lifetime=1800)
    answer = c.ask(good)
    expect("for a host of the home", answer, 0, lifetime=3600, length=80)
    assert answer[60:] == good[60:], answer.hex()
    expect("with another nonce", c.ask(map_request(UDP, 70, nonce=2) + third_party(other)), 2)
    expect("deleted", c.ask(map_request(UDP, 70, 0) + third_party(other)), 0, lifetime=0, length=80)
    expect("ANNOUNCE", c.ask(header(0, 0)), 0, lifetime=0, length=24)


def updated(port):
    # E-ANN-4: three messages that say that the mapping has ended. The epoch has begun anew.
    c = Client()
    answer = c.ask(map_request(UDP, int(port), nonce=4))
    expect("mapped", answer, 0, lifetime=3600)
    sys.stdout.flush()
    c.s.settimeout(None)
    for _ in range(3):
        update = c.s.recv(2000)
        expect("update", update, 0, lifetime=0, length=len(answer))
        assert update[12:] == answer[12:], update.hex()
        epochs = [struct.unpack_from("!I", a, 8)[0] for a in (answer, update)]
        print("epochs", *epochs)
        assert epochs[1] < 60
    print("told three times")
    sys.stdout.flush()


def moved(port):
    # E-ANN-4: three messages with another external address, and the time that is left.
    c = Client()
    answer = c.ask(map_request(UDP, int(port), nonce=4))
    expect("mapped", answer, 0, lifetime=3600)
    sys.stdout.flush()
    c.s.settimeout(None)
    for _ in range(3):
        update = c.s.recv(2000)
        expect("update", update, 0, length=len(answer))
        # Nonce, protocol and inside port are as before.
        assert update[12:42] == answer[12:42], update.hex()
        assert update[44:] != answer[44:], update.hex()
        assert 0 < struct.unpack_from("!I", update, 4)[0] < 3600
    print("moved", socket.inet_ntoa(update[56:60]), struct.unpack_from("!H", update, 42)[0])
    print("told three times")
    sys.stdout.flush()


def unheard():
    for _ in range(3):
        connect().send(map_request(UDP, 71))


def filter_one(proto, port, nonce, *filters):
    protocol = {"tcp": TCP, "udp": UDP}[proto]
    options_asked = b"".join(map(filter_option, filters))
    answer = Client().ask(map_request(protocol, int(port), 3600, int(nonce)) + options_asked)
    # Options that were processed are in the answer.
    assert code(answer) != 0 or answer[60:] == options_asked, answer[60:].hex()
    show(answer)


def map_one(proto, port, lifetime="3600", nonce="1", ext_port="0"):
    protocol = {"tcp": TCP, "udp": UDP}[proto]
    show(Client().ask(map_request(protocol, int(port), int(lifetime), int(nonce), int(ext_port))))


def peer_one(proto, port, rem, rem_port, lifetime="3600", nonce="1"):
    protocol = {"tcp": TCP, "udp": UDP}[proto]
    request = peer_request(protocol, int(port), int(lifetime), int(nonce), rem=rem, rem_port=int(rem_port))
    show(Client().ask(request))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="100.64.0.1")
    parser.add_argument("--source")
    parser.add_argument("--for", dest="other")
    parser.add_argument("command")
    parser.add_argument("args", nargs="*")
    options = parser.parse_args()
    commands = {
        "map": map_one,
        "filter": filter_one,
        "peer": peer_one,
        "set": set_of,
        "rules": rules,
        "manager": manager,
        "b4": b4,
        "unheard": unheard,
        "updated": updated,
        "moved": moved,
    }
    commands[options.command](*options.args)
