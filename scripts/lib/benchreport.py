# SPDX-License-Identifier: BSD-3-Clause
"""Results of the bench as CSV, Markdown tables and a plot."""

import csv
import html
import os
import pathlib
import platform
import statistics

import flows

# Cycles per packet outward of VPP 26.06 nat44-ed, and of udp_out in the same run on the same machine (EPYC Zen 3).
VPP = {1000: (541, 97), 64000: (1833, 121), 1000000: (3037, 180)}
WARM_ROWS = ("udp_out", "udp_in", "tcp_out", "tcp_in")
COLD_ROWS = ("turn_out_mean", "turn_in_mean", "turn_mixed_mean", "cold4096_out_mean", "cold4096_in_mean")
ENGINE_ROWS = (*COLD_ROWS, *WARM_ROWS, "create", "octets_per_mapping")
BAR, LABEL, LINE = 460, 260, 20


def machine():
    """Who measured, in one line."""
    cpu = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    load = os.getloadavg()[0]
    huge = pathlib.Path("/proc/sys/vm/nr_hugepages").read_text().strip()
    return (
        f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, {huge} hugepages, "
        f"load {load:.1f} at the end"
    )


class Row:
    """One line: what was measured, with which frames, one value a round."""

    def __init__(self, what, mix, values, unit="Mpps", cycles=None, loss=None, busy=None):
        self.what, self.mix, self.unit, self.busy = what, mix, unit, busy
        self.values, self.cycles, self.loss = sorted(values), cycles, loss

    @property
    def median(self):
        return statistics.median(self.values)

    def cell(self):
        return f"{self.median:.2f} ({self.values[0]:.2f}-{self.values[-1]:.2f})"


def row(what, mix, rates):
    def median(name):
        values = [v for r in rates if (v := getattr(r, name, None)) is not None]
        return statistics.median(values) if values else None

    pps = [r.pps / 1e6 for r in rates]
    return Row(what, mix, pps, cycles=median("cycles"), loss=median("loss"), busy=median("busy"))


def write_csv(path, rows):
    with open(path, "w", newline="") as f:
        out = csv.writer(f)
        out.writerow(["what", "frames", "unit", "median", "min", "max", "rounds", "gbit_s", "cycles", "busy", "loss"])
        for r in rows:
            gbit = r.median * flows.mean_octets(r.mix) * 8e-3 if r.mix in flows.MIXES else 0
            numbers = [f"{v:.4f}" for v in (r.median, r.values[0], r.values[-1])]
            rest = [len(r.values), f"{gbit:.3f}", f"{r.cycles:.0f}" if r.cycles else ""]
            shares = ["" if v is None else f"{v:.6f}" for v in (r.busy, r.loss)]
            out.writerow([r.what, r.mix, r.unit, *numbers, *rest, *shares])


def table(head, rows, cell):
    """Markdown: one line for each thing measured, one column for each kind of frame."""
    by = {(r.what, r.mix): r for r in rows}
    lines = [f"| {head} | " + " | ".join(flows.MIXES) + " |"]
    lines.append("|---|" + "---|" * len(flows.MIXES))
    for what in dict.fromkeys(r.what for r in rows):
        cells = [cell(by[what, m]) if (what, m) in by else "-" for m in flows.MIXES]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def wire_table(rows):
    rows = [r for r in rows if r.unit == "Mpps"]
    text = table("Mpps, median (least-most)", rows, Row.cell)
    rows = [r for r in rows if r.busy is not None]
    if not rows:
        return text

    def cell(r):
        return f"{r.cycles:.0f}, {100 * r.busy:.0f} %, {100 * r.loss:.4f} %"

    return text + "\n\n" + table("cycles per packet with both copies of the wire, worker busy, loss", rows, cell)


def engine_table(path):
    """Markdown from cgn-bench's CSV: goal, what was reached, VPP's figure and its ratio to cgn-bench beside it."""
    lines = ["| mappings | what | goal | reached (least-most) | VPP nat44-ed, EPYC Zen 3 |", "|---|---|---|---|---|"]
    with open(path, newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["what"] in ENGINE_ROWS]
        for r in sorted(rows, key=lambda r: (int(r["mappings"]), ENGINE_ROWS.index(r["what"]))):
            n, reached = int(r["mappings"]), float(r["median"])
            if r["what"] == "octets_per_mapping" and n < 64000:
                continue  # what is there for no mapping at all
            vpp, ours = VPP.get(n, (0, 0)) if r["what"] == "udp_out" else (0, 0)
            beside = f"{vpp}, {vpp / ours:.1f} times udp_out there ({ours})" if vpp else "-"
            goal = "-" if r["budget"] == "0" else r["budget"]
            spread = f"{reached:.0f} ({float(r['min']):.0f}-{float(r['max']):.0f})"
            lines.append(f"| {n} | {r['what']} | {goal} | {spread} | {beside} |")
    return "\n".join(lines)


def plot(path, title, rows):
    """SVG: one bar a row with its spread."""
    rows = [r for r in rows if r.unit == "Mpps"]
    top = max((r.values[-1] for r in rows), default=1) or 1
    height = LINE * (len(rows) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + BAR + 90}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="white"/><text x="8" y="18">{html.escape(title)}</text>',
    ]
    for i, r in enumerate(rows):
        y = LINE * (i + 2)
        least, median, most = (BAR * v / top for v in (r.values[0], r.median, r.values[-1]))
        colour = "#3465a4" if r.what.startswith("cgnd") else "#888a85"
        parts.append(f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{r.what}, {r.mix}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y + 3}" width="{median:.1f}" height="13" fill="{colour}"/>')
        parts.append(f'<path d="M{LABEL + least:.1f} {y + 9.5}H{LABEL + most:.1f}" stroke="black"/>')
        parts.append(f'<text x="{LABEL + most + 6:.1f}" y="{y + 13}">{r.median:.2f} Mpps</text>')
    parts.append("</svg>\n")
    pathlib.Path(path).write_text("\n".join(parts))
