"""The demonstration, step by step; config/demo.sh calls it."""
import argparse
import signal
import sys

import books
import crash
import joint
import morning
import opening
import rulebook
import view
from city import City
from words import Words

parser = argparse.ArgumentParser()
parser.add_argument("--build", required=True)
parser.add_argument("--seconds", type=int, default=0, help="that installing and building took")
parser.add_argument("--seed", type=int, default=7)
options = parser.parse_args()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
words = Words()
city = City(options.build, options.seed, rate=1200)
try:
    words.step(1, 7, "构建", "build", f"whistled, whistle, whistle-bench   {options.seconds // 60}m{options.seconds % 60:02}s")
    rulebook.show(words, city)
    day = opening.show(words, city)
    number = joint.show(words, city, day)
    crash.show(words, city, day)
    morning.show(words, city, day, number)
    view.show(words, city, day, number)
    books.show(words, city, day)
finally:
    city.close()
words.line("      " + words.pick("接着试", "go on") +
           "   build/whistled init --help · README.md · proto/README.md · sh config/demo.sh --seed 8")
sys.exit(words.count())
