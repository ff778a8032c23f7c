# SPDX-License-Identifier: BSD-3-Clause
"""DPDK processes that a script starts: cgnd, dpdk-testpmd, and their telemetry sockets."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("CGN_BUILD", "build"))
PCAP_HEAD = 24


class StartError(RuntimeError):
    """A program did not do what was asked for; the text has the end of its log."""


def cores():
    """The first and the last core that we may use: one for the generator, one for the worker."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def has_hugepages(mib):
    """Whether that much is free in hugepages of 2 MiB, and a hugetlbfs is mounted."""
    try:
        free = int(pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages").read_text())
    except OSError:
        return False
    return free * 2 >= mib and " hugetlbfs " in pathlib.Path("/proc/mounts").read_text()


def memory_args(mib):
    """EAL arguments for that much memory: hugepages if there are enough, else ordinary pages."""
    return [] if has_hugepages(mib) else ["--no-huge", "-m", str(mib)]


def runtime_directory(prefix):
    """Where a DPDK process keeps its sockets; it leaves the directory behind."""
    base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return f"{base}/dpdk/{prefix}"


class Telemetry:
    """The telemetry socket of a DPDK process, by its file prefix."""

    def __init__(self, prefix):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(60)
        self.sock.connect(f"{runtime_directory(prefix)}/dpdk_telemetry.v2")
        self.size = json.loads(self.sock.recv(1024))["max_output_len"]

    def ask(self, path):
        self.sock.send(path.encode())
        return json.loads(self.sock.recv(self.size))[path.split(",")[0]]

    def close(self):
        self.sock.close()


def wait_links(telemetry):
    """Until ports 0 and 1 of a process are connected; each end of a wire says so by itself."""
    for port in (0, 1):
        end = time.monotonic() + 60
        while telemetry.ask(f"/ethdev/link_status,{port}")["status"] != "UP":
            if time.monotonic() > end:
                raise StartError(f"port {port} has no link")
            time.sleep(0.02)


class Process:
    """A program with its output in a file."""

    def __init__(self, name, log, command):
        self.name, self.log = name, log
        self.file = open(log, "wb")
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=self.file, stderr=subprocess.STDOUT
        )

    def output(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def wait_for(self, pattern, seconds=60, start=0):
        """The first match of the pattern in the output, from its octet `start` on."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.output()[start:], re.MULTILINE)):
            if self.child.poll() is not None or time.monotonic() > end:
                tail = "\n".join(self.output().splitlines()[-15:])
                raise StartError(f"{self.name} did not say what was expected; the end of {self.log}:\n{tail}")
            time.sleep(0.02)
        return found

    def end(self, seconds=120):
        """Wait for the exit status; -SIGKILL if it does not end by itself."""
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdin.close()
        self.file.close()
        return self.child.returncode


class Cgnd(Process):
    """A running cgnd with its control thread on one core and one worker on another."""

    def __init__(self, conf, prefix, directory, control, worker, netns=None, eal=()):
        command = ["ip", "netns", "exec", netns] if netns else []
        command += [str(BUILD / "cgnd"), "-c", str(conf), "--", *eal, f"--lcores=0@{control},1@{worker}"]
        super().__init__("cgnd", f"{directory}/cgnd.log", command)
        self.prefix = prefix
        self.wait_for(r"\bready\b", 120)
        self.telemetry = Telemetry(prefix)

    def verdicts(self):
        return self.telemetry.ask("/cgn/verdicts")

    def drops(self):
        return {v: n for v, n in self.verdicts()["dropped"].items() if n}

    def counters(self):
        return self.telemetry.ask("/cgn/counters")

    def busy_cycles(self):
        """TSC cycles of the worker's turns that had work, devices included."""
        rows = self.telemetry.ask("/cgn/latency").values()
        rows = [row for value in rows if isinstance(value, dict) for row in [value, *value.values()]]
        return sum(row["cycles"] for row in rows if isinstance(row, dict) and row.get("of") == "loop")

    def free_mbufs(self):
        return self.counters()["gauges"]["mbufs_free"]

    def stop(self):
        """End it. @return what is wrong, a list of texts"""
        self.telemetry.close()
        self.child.send_signal(signal.SIGTERM)
        status = self.end()
        shutil.rmtree(runtime_directory(self.prefix), ignore_errors=True)
        wrong = [] if status == 0 else [f"cgnd ended with {status}"]
        rows = re.findall(r"^(\w+) +(?:\S+ +)?(\d+)(?:  .*)?$", self.output(), re.MULTILINE)
        received = sum(int(n) for what, n in rows if what == "received")
        total = sum(int(n) for what, n in rows if what == "sum")
        if received == 0 or received != total:
            wrong.append(f"cgnd received {received} packets, its verdicts are {total}")
        return wrong


class Testpmd(Process):
    """dpdk-testpmd at the far ends of two wires, told what to do by its standard input.

    Ports 0 and 1, the vdevs, are the wires. What feeds them is attached and closed while the wires stay: the memif
    driver crashes a cgnd that is just sending when its peer goes, so this ends after cgnd.
    """

    def __init__(self, prefix, log, vdevs, mbufs=16384, mbuf_bytes=2176, core=None, netns=None):
        core = cores()[0] if core is None else core
        mib = 128 + mbufs * (mbuf_bytes + 256) // (1 << 20)
        command = ["ip", "netns", "exec", netns] if netns else []
        command += ["stdbuf", "-oL", "dpdk-testpmd", f"--file-prefix={prefix}", "--no-pci"]
        command += memory_args(mib) + [f"--lcores={','.join(f'{i}@{core}' for i in range(5))}"]
        command += [f"--vdev={vdev}" for vdev in vdevs]
        command += ["--log-level=lib.eal:debug", "--", "-i", "--no-flush-rx", "--nb-cores=4"]
        command += [f"--total-num-mbufs={mbufs}", f"--mbuf-size={mbuf_bytes}", "--mbcache=256"]
        super().__init__("dpdk-testpmd", log, command)
        self.wait_for("^Checking link statuses")
        self.tsc_hz = 1000 * int(self.wait_for(r"TSC frequency is ~(\d+) KHz")[1])
        self.prefix, self.telemetry = prefix, Telemetry(prefix)
        self.attached = 0
        self.feeds = []

    def tell(self, *lines):
        self.child.stdin.write("".join(line + "\n" for line in lines).encode())
        self.child.stdin.flush()

    def order(self, line, pattern):
        """Tell it something. @return the match of what it answers"""
        start = len(self.output())
        self.tell(line)
        return self.wait_for(pattern, start=start)

    def attach(self, driver, args):
        """@return the number of a new port"""
        self.attached += 1
        line = f"port attach {driver}{self.attached},{args}"
        port = self.order(line, r"^Port (\d+) is attached")[1]
        self.order(f"port start {port}", f"^Port {port}: [0-9A-F]")
        return port

    def start(self, feeds, lcores=1, burst=32, retry=False):
        """Forward between each wire and its feed: (driver, arguments) for the inside and the outside."""
        self.feeds = [self.attach(*feed) for feed in feeds]
        self.tell("set fwd io retry" if retry else "set fwd io", "set burst tx delay 20 retry 5000")
        self.tell(f"set nbcore {lcores}", f"set burst {burst}")
        self.tell(f"set portlist {self.feeds[0]},0,{self.feeds[1]},1")
        self.order("start", r"packets/burst=")

    def wires(self):
        """Frames that the wires have taken from us, and that have come back, since the beginning."""
        stats = [self.telemetry.ask(f"/ethdev/stats,{port}") for port in (0, 1)]
        return sum(s["opackets"] for s in stats), sum(s["ipackets"] for s in stats)

    def stop(self):
        """End what start() began."""
        self.order("stop", r"^Done\.")
        for port in self.feeds:
            self.tell(f"port stop {port}")
            self.order(f"port close {port}", f"^Port {port} is closed")
        self.feeds = []

    def quit(self):
        self.telemetry.close()
        with contextlib.suppress(BrokenPipeError):
            self.tell("stop", "quit")
        status = self.end()
        shutil.rmtree(runtime_directory(self.prefix), ignore_errors=True)
        return status


def memif(side, directory, mac=None, ring=12, zero_copy=False):
    """Arguments of the memif device of a side (0 inside, 1 outside); with a MAC address, cgnd's end.

    Only the client of a wire can do without copies. So cgnd's end is the client then, and its peer must start first.
    """
    is_server = (mac is None) == zero_copy
    args = f"net_memif{side},role={'server' if is_server else 'client'},socket={directory}/{side}.sock"
    args += f",socket-abstract=no,rsize={ring}"
    if mac is None:
        return args
    return f"{args},mac={mac}" + (",zero-copy=yes" if zero_copy else "")


def zero_copy_args(mib=512):
    """EAL arguments for memif's zero-copy.

    It shares the memory of EAL as one file. The driver closes that file when it connects, so EAL cannot grow later.
    """
    return ["--single-file-segments", *(memory_args(mib) or ["-m", str(mib)])]
