"""A terminal to run programs in: tmux on a socket of its own, what stands on it, and keys for it."""
import itertools
import os
import re
import shlex
import subprocess
import time
import unicodedata

_numbers = itertools.count()


def columns(text):
    """The columns that a terminal gives to it."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Terminal:
    def __init__(self, width, height, script, environment):
        """Runs a shell script in a new terminal. It stays open until `close`, whatever the script does."""
        self.width, self.height = width, height
        self.socket = f"whistle-test-{os.getpid()}-{next(_numbers)}"
        kept = {k: v for k, v in environment.items() if k not in ("TMUX", "TMUX_PANE")}
        # The shell outlives an interrupt that is meant for what it runs.
        subprocess.run(["tmux", "-u", "-L", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y",
                        str(height), f"trap : INT QUIT; eval {shlex.quote(script)}; exec cat"], check=True, env=kept)
        self.path = self.tmux("display-message", "-p", "#{socket_path}").strip()
        self.tmux("set-option", "-g", "status", "off")
        self.resize(width, height)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-L", self.socket, *arguments], check=True, capture_output=True,
                              text=True).stdout

    def resize(self, width, height):
        self.width, self.height = width, height
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def lines(self):
        return self.tmux("capture-pane", "-p").split("\n")[:self.height]

    def text(self):
        return "\n".join(self.lines())

    def chosen(self):
        """The line that stands reversed, without what makes it so; "" for none."""
        for line in self.tmux("capture-pane", "-p", "-e").split("\n"):
            reversed_part = re.search(r"\033\[(?:\d+;)*7m(?:\033\[[34]9m)*([^\033]*)", line)
            if reversed_part:
                return reversed_part.group(1)
        return ""

    def flag(self, name):
        return self.tmux("display-message", "-p", f"#{{{name}}}").strip()

    def until(self, condition, seconds=20):
        """Waits for what a look at the terminal tells."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.text()
            time.sleep(0.05)

    def until_shows(self, *texts, seconds=20):
        self.until(lambda: all(t in self.text() for t in texts), seconds)

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True)
        if os.path.exists(self.path):  # the server leaves it behind
            os.unlink(self.path)
