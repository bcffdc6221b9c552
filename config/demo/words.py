"""What the demonstration prints, in one language or both, and what it asserts."""
import os
import re
import sys
import unicodedata


def language():
    """Both on a terminal; elsewhere what LANG asks for."""
    if sys.stdout.isatty():
        return "both"
    asked = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if asked.startswith("zh") else "en"


def pad(text, columns):
    """Padded to so many columns of a terminal, where a Chinese character has two."""
    return text + " " * (columns - sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text))


class Words:
    def __init__(self, steps):
        self.language = language()
        self.step_now, self.steps = 0, steps
        self.held, self.failed = 0, 0

    def pick(self, zh, en):
        return {"both": f"{zh} {en}".strip(), "zh": zh, "en": en}[self.language]

    def mix(self, text):
        """Takes one or both of each ‹中文|English› in a text."""
        return re.sub(r"‹([^|›]*)\|([^›]*)›", lambda pair: self.pick(*pair.groups()), text)

    def line(self, text=""):
        print(text, flush=True)

    def step(self, zh, en, text=""):
        self.step_now += 1
        self.line(f"[{self.step_now}/{self.steps}] {pad(self.pick(zh, en), 24)} {text}".rstrip())

    def note(self, zh, en, text=""):
        self.line(f"      {self.pick(zh, en)} {text}".rstrip())

    def at(self, when, zh, en, text):
        """One line of the day, under its city time."""
        self.line(f"{when} {pad(self.pick(zh, en), 16 if self.language == 'both' else 10)} {text}".rstrip())

    def check(self, what, got, wanted):
        """Asserts that two figures are equal. A failure is told and counted, and the day goes on."""
        if got == wanted:
            self.held += 1
            return True
        self.failed += 1
        self.line(f"      ✗ {what}: {got!r}, {self.pick('应为', 'should be')} {wanted!r}")
        return False

    def true(self, what, holds):
        return self.check(what, bool(holds), True)

    def count(self):
        total = self.held + self.failed
        self.line("      " + self.pick(f"断言 {self.held}/{total}  每个数字均从守护进程读回",
                                       f"asserted {self.held}/{total}  every figure read back from the daemon"))
        return 0 if self.failed == 0 and self.held else 1
