"""A terminal for a command, and what stands on its screen.

	terminal.py [--size=<columns>x<rows>] <command> [<args>] <script

The command gets a terminal of its own. The script says what happens to it:

	wait <regex>		until it matches what is on the screen (multi-line)
	gone <regex>		until it doesn't any more
	screen <file>		write down what is on the screen
	all <file>		the same, with what has scrolled away
	type <text>		^C, ^Z and so on are control characters
	resize <columns>x<rows>
	signal <name>		to the command: CONT, TERM, ...
	stopped			until the command is stopped
	run <command>		by sh, and it must succeed
	exit <status>		until the command has ended; 130 for SIGINT and so on

The terminal wraps lines anew when its size changes, as most do. It knows
those control sequences that it needs to; any other ends it with 2, as does
what doesn't come within a minute.
"""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata

PATIENCE = 60


class Screen:
    """Lines of cells; a cell is a character, "" is the second half of a wide one."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[]]		# all there ever were, the last `rows` are visible
        self.soft = [False]		# the line goes on in the next one
        self.x = self.y = 0		# y counts from the first of `lines`
        self.top = 0
        self.wrap = True
        self.pending = False		# the last column is full: the next one wraps
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        i = 0
        while i < len(text):
            c = text[i]
            if c != "\033":
                self.put(c)
                i += 1
                continue
            m = re.compile(r"\033\[([?0-9;]*)([A-Za-z])").match(text, i)
            if not m:
                if len(text) - i > 20:
                    raise ValueError("unknown sequence %r" % text[i:i + 20])
                self.rest = text[i:]
                return
            self.control(m[1], m[2])
            i = m.end()

    def control(self, args, name):
        if name == "A":
            self.y = max(self.y - int(args or 1), self.top)
            self.pending = False
        elif name == "K" and args in ("", "0"):
            del self.lines[self.y][self.x:]
            self.soft[self.y] = False
        elif name == "J" and args in ("", "0"):
            del self.lines[self.y][self.x:]
            del self.lines[self.y + 1:]
            del self.soft[self.y + 1:]
            self.soft[self.y] = False
        elif name in "hl" and args == "?7":
            self.wrap = name == "h"
        elif name == "m" and re.fullmatch(r"[0-9;]*", args):
            pass
        else:
            raise ValueError("unknown sequence ESC [ %s %s" % (args, name))

    def down(self):
        self.y += 1
        while len(self.lines) <= self.y:
            self.lines.append([])
            self.soft.append(False)
        self.top = max(self.top, self.y - self.rows + 1)

    def put(self, c):
        if c == "\r":
            self.x, self.pending = 0, False
        elif c == "\n":
            self.soft[self.y] = False
            self.down()
            self.pending = False
        elif ord(c) < 32 or 127 <= ord(c) < 160:
            raise ValueError("control character %r" % c)
        else:
            self.letter(c)

    def letter(self, c):
        if unicodedata.category(c) in ("Mn", "Me", "Cf"):
            return
        width = 2 if unicodedata.east_asian_width(c) in "WF" else 1
        if self.pending or self.x + width > self.columns:
            if not self.wrap:
                self.x = self.columns - width
            else:
                self.soft[self.y] = True
                self.down()
                self.x = 0
        line = self.lines[self.y]
        line.extend(" " * (self.x + width - len(line)))
        line[self.x:self.x + width] = [c, ""][:width]
        self.x = min(self.x + width, self.columns)
        self.pending = self.x == self.columns

    def resize(self, columns, rows):
        """Each line that was wrapped is wrapped anew; the cursor stays with its text."""
        paragraphs, at = [[]], None
        for y, line in enumerate(self.lines):
            if y == self.y:
                at = (len(paragraphs) - 1, len(paragraphs[-1]) + self.x)
            paragraphs[-1].extend(line)
            if not self.soft[y]:
                paragraphs.append([])
        paragraphs.pop()
        self.columns, self.rows = columns, rows
        self.lines, self.soft, self.pending = [], [], False
        for n, cells in enumerate(paragraphs):
            if n == at[0]:
                self.y, self.x = len(self.lines) + at[1] // columns, at[1] % columns
            pieces = [cells[i:i + columns] for i in range(0, len(cells), columns)] or [[]]
            self.lines.extend(pieces)
            self.soft.extend([True] * (len(pieces) - 1) + [False])
        while len(self.lines) <= self.y:
            self.lines.append([])
            self.soft.append(False)
        self.top = max(len(self.lines) - rows, 0)

    def text(self, everything=False):
        lines = self.lines if everything else self.lines[self.top:]
        lines = ["".join(line).rstrip() for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        return "".join(line + "\n" for line in lines)


class Terminal:
    def __init__(self, argv, columns, rows):
        master, slave = os.openpty()
        self.fd, self.screen = master, Screen(columns, rows)
        self.set_size()

        def become_leader():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        self.child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave,
                                      preexec_fn=become_leader)
        os.close(slave)
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def set_size(self):
        size = struct.pack("HHHH", self.screen.rows, self.screen.columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)

    def read(self, patience):
        """False: nothing came."""
        if not select.select([self.fd], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:			# the last one has closed it
            return False
        self.screen.feed(self.decoder.decode(data))
        return True

    def until(self, what, done):
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise ValueError("%s: did not come; on the screen is\n%s"
                                 % (what, self.screen.text(True)))
            if not self.read(0.05) and self.child.poll() is not None and not done():
                raise ValueError("%s: the command has ended; on the screen is\n%s"
                                 % (what, self.screen.text(True)))

    def is_stopped(self):
        with open("/proc/%d/stat" % self.child.pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def do(self, verb, arg):
        if verb == "wait":
            self.until(arg, lambda: re.search(arg, self.screen.text(), re.M))
        elif verb == "gone":
            self.until(arg, lambda: not re.search(arg, self.screen.text(), re.M))
        elif verb in ("screen", "all"):
            with open(arg, "w") as f:
                f.write(self.screen.text(verb == "all"))
        elif verb == "type":
            text = re.sub(r"\^([A-Z])", lambda m: chr(ord(m[1]) - 64), arg)
            os.write(self.fd, text.encode())
        elif verb == "resize":
            self.screen.resize(*map(int, arg.split("x")))
            self.set_size()
        elif verb == "signal":
            self.child.send_signal(getattr(signal, "SIG" + arg))
        elif verb == "stopped":
            self.until(verb, self.is_stopped)
        elif verb == "run":
            subprocess.run(["sh", "-c", arg], check=True, stdin=subprocess.DEVNULL)
        elif verb == "exit":
            end = time.monotonic() + PATIENCE
            while self.child.poll() is None and time.monotonic() < end:
                self.read(0.05)
            while self.read(0):
                pass
            code = self.child.poll()
            code = code if code is None or code >= 0 else 128 - code
            if code != int(arg):
                raise ValueError("exit status %s, not %s; on the screen is\n%s"
                                 % (code, arg, self.screen.text(True)))
        else:
            raise ValueError("unknown: %s" % verb)


def main():
    argv = sys.argv[1:]
    columns, rows = 80, 24
    if argv and argv[0].startswith("--size="):
        columns, rows = map(int, argv.pop(0)[len("--size="):].split("x"))
    script = sys.stdin.read().splitlines()
    terminal = Terminal(argv, columns, rows)
    try:
        for line in script:
            verb, _, arg = line.strip().partition(" ")
            if verb:
                terminal.do(verb, arg)
    except (ValueError, subprocess.CalledProcessError) as e:
        print("terminal.py: %s" % e, file=sys.stderr)
        return 2
    finally:
        if terminal.child.poll() is None:
            terminal.child.kill()
            terminal.child.wait()
    return 0


sys.exit(main())
