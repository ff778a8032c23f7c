#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Answer with the address and port that a packet came from, or ask for them.

usage: reflect.py serve PORT
       reflect.py ask udp|tcp SERVER PORT [SOURCE_PORT]
"""

import socket
import sys
import threading


def reuse(sock, port):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("0.0.0.0", port))
    return sock


def serve_udp(port):
    """Answers from the address that was asked."""
    sock = reuse(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), port)
    sock.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
    while True:
        _, control, _, peer = sock.recvmsg(2048, 64)
        answer = [(socket.IPPROTO_IP, 8, bytes(4) + control[0][2][4:8] + bytes(4))]
        sock.sendmsg([f"{peer[0]} {peer[1]}".encode()], answer, 0, peer)


def serve_tcp(port):
    sock = reuse(socket.socket(), port)
    sock.listen(512)
    while True:
        conn, peer = sock.accept()
        with conn:
            conn.sendall(f"{peer[0]} {peer[1]}".encode())


def ask_udp(sock):
    """Asks again each second: a busy machine loses packets."""
    sock.settimeout(1)
    for _ in range(120):
        sock.send(b"?")
        try:
            return sock.recv(64).decode()
        except TimeoutError:
            pass
    raise SystemExit("no answer")


def ask(proto, server, port, source):
    kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
    with reuse(socket.socket(socket.AF_INET, kind), source) as sock:
        sock.settimeout(120)
        sock.connect((server, port))
        return ask_udp(sock) if proto == "udp" else sock.recv(64).decode()


def main(mode, *args):
    if mode == "serve":
        threading.Thread(target=serve_udp, args=(int(args[0]),)).start()
        serve_tcp(int(args[0]))
    proto, server, port, *source = args
    print(ask(proto, server, int(port), int(source[0]) if source else 0))


main(*sys.argv[1:])
