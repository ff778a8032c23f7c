# SPDX-License-Identifier: BSD-3-Clause
"""Run a command on a terminal, press Ctrl-C when it has printed a text, and print what the terminal got.

usage: terminal.py ROWS COLUMNS TEXT COMMAND...

TEXT is a regular expression; the last lines may come after Ctrl-C. Standard output goes to the terminal, too. The exit
status is that of the command, or 1 if it printed something else and ended.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import termios


def read(terminal):
    """What the terminal gets next; nothing if the command has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def main():
    rows, columns, text = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvp(sys.argv[4], sys.argv[4:])
    seen = b""
    is_pressed = False
    while piece := read(terminal):
        seen += piece
        if not is_pressed and re.search(text, seen):
            is_pressed = True
            os.write(terminal, b"\x03")
    sys.stdout.write(seen.decode(errors="replace").replace("\r\n", "\n"))
    status = os.waitpid(pid, 0)[1]
    if not is_pressed:
        return 1
    # Ctrl-C may end it.
    return 0 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


if __name__ == "__main__":
    sys.exit(main())
