# SPDX-License-Identifier: BSD-3-Clause
"""The two ends of the wire on either side of a cgnd: raw frames in and out of two interfaces.

A Port is one interface, in any network namespace. It answers ARP for every address but cgnd's own
and finds cgnd's MAC address with ARP, so no kernel takes part.
"""

import ctypes
import os
import select
import socket
import struct
import time

CLONE_NEWNET = 0x40000000
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
ETH_P_ALL, ETH_P_IP, ETH_P_ARP = 3, 0x0800, 0x0806
ARP = struct.Struct("!HHBBH6s4s6s4s")
BROADCAST = b"\xff" * 6

libc = ctypes.CDLL(None, use_errno=True)


def setns(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), path)
    finally:
        os.close(fd)


class Port:
    """Interface dev in namespace netns (a name of "ip netns", None: this one)."""

    def __init__(self, dev, cgnd_address, own_address, netns=None):
        if netns:
            here = os.open("/proc/self/ns/net", os.O_RDONLY)
            setns(f"/run/netns/{netns}")
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.bind((dev, ETH_P_ALL))
        if netns:
            if libc.setns(here, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            os.close(here)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.mac = self.sock.getsockname()[4]
        self.cgnd_address = socket.inet_aton(cgnd_address)
        self.own_address = socket.inet_aton(own_address)
        self.cgnd_mac = None
        self.wires = [self]  # both ends, see connect()

    def resolve(self, timeout=10):
        """Find cgnd's MAC address."""
        end = time.monotonic() + timeout
        while self.cgnd_mac is None:
            if time.monotonic() > end:
                raise TimeoutError("cgnd answers no ARP")
            self.nudge()
            self.receive(0.2)

    def arp(self, operation, to, target_mac, target, sender):
        head = to + self.mac + struct.pack("!H", ETH_P_ARP)
        return head + ARP.pack(1, ETH_P_IP, 6, 4, operation, self.mac, sender, target_mac, target)

    def take_arp(self, frame):
        if len(frame) < 14 + ARP.size:
            return
        _, _, _, _, operation, mac, sender, _, target = ARP.unpack(frame[14 : 14 + ARP.size])
        if sender == self.cgnd_address:
            self.cgnd_mac = mac
        if operation == 1 and target != self.cgnd_address and sender != target:
            self.sock.send(self.arp(2, mac, mac, sender, target))

    def send(self, packet):
        """An IP packet (bytes) to cgnd."""
        self.send_frame(self.cgnd_mac + self.mac + struct.pack("!H", ETH_P_IP) + packet)

    def send_frame(self, frame):
        self.sock.send(frame)

    def receive(self, timeout):
        """The next frame that is not ARP, or None after timeout seconds."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if not select.select([self.sock], [], [], max(left, 0))[0]:
                return None
            frame = self.sock.recv(65536)
            if frame[12:14] == struct.pack("!H", ETH_P_ARP):
                self.take_arp(frame)
            else:
                return frame

    def receive_ip(self, timeout):
        """The next IPv4 packet (bytes without padding), or None."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            frame = self.receive(min(left, 1))
            if frame is None:
                for port in self.wires:
                    port.nudge()
            elif frame[12:14] == struct.pack("!H", ETH_P_IP):
                return frame[14 : 14 + struct.unpack("!H", frame[16:18])[0]]
        return None

    def nudge(self):
        """Ask by ARP what is known: a capture device may sit on a packet until the next one comes."""
        self.sock.send(self.arp(1, BROADCAST, bytes(6), self.cgnd_address, self.own_address))


def connect(*ports):
    """These ports are the two sides of one cgnd."""
    for port in ports:
        port.wires = ports
