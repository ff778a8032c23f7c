# SPDX-License-Identifier: BSD-3-Clause
"""One end of a testpmd wire: frames through two named pipes that its net_pcap device takes for captures."""

import fcntl
import os
import select
import struct
import time

from capture import RECORD, PcapWriter

F_SETPIPE_SZ = 1031
PIPE = 1 << 20
HEAD = 24
ETH_P_IP = b"\x08\x00"


class PipePort:
    """The pipes NAME.rx and NAME.tx; make it before testpmd opens them.

    header  Ethernet header of what is sent
    """

    def __init__(self, name, header):
        self.paths = [f"{name}.rx", f"{name}.tx"]
        self.ends = []
        for path in self.paths:
            os.mkfifo(path)
            # Both ways, so that opening does not wait for the other side.
            self.ends.append(os.open(path, os.O_RDWR))
            fcntl.fcntl(self.ends[-1], F_SETPIPE_SZ, PIPE)
        self.writer = PcapWriter(os.fdopen(self.ends[0], "wb", buffering=0))
        self.buffer = b""
        self.has_head = False
        self.header = header

    def device(self):
        """Driver and arguments of the testpmd port."""
        rx, tx = self.paths
        return "net_pcap", f"rx_pcap={rx},tx_pcap={tx}"

    def send(self, packet):
        """An IP packet to cgnd."""
        frame = (self.header + packet).ljust(60, b"\0")
        self.writer.write(0, frame)

    def take(self, size):
        """That many octets from the start of what has come, or None if they are not there yet."""
        if len(self.buffer) < size:
            return None
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def frame(self):
        """The next frame that has come whole, or None."""
        if not self.has_head:
            self.has_head = self.take(HEAD) is not None
        if not self.has_head or len(self.buffer) < RECORD.size:
            return None
        size = RECORD.unpack(self.buffer[: RECORD.size])[2]
        record = self.take(RECORD.size + size)
        return record and record[RECORD.size :]

    def receive_ip(self, timeout):
        """The next IPv4 packet from cgnd (bytes without padding), or None after timeout seconds."""
        end = time.monotonic() + timeout
        while True:
            frame = self.frame()
            if frame and frame[12:14] == ETH_P_IP:
                return frame[14 : 14 + struct.unpack("!H", frame[16:18])[0]]
            if frame:
                continue
            left = end - time.monotonic()
            if not select.select([self.ends[1]], [], [], max(left, 0))[0]:
                return None
            self.buffer += os.read(self.ends[1], PIPE)

    def end(self):
        """The end of the capture, for testpmd: it stops waiting."""
        self.writer.close()

    def close(self):
        """After testpmd has closed its port."""
        os.close(self.ends[1])
        for path in self.paths:
            os.unlink(path)
