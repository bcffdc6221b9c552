"""The demonstration, step by step; config/demo.sh calls it."""
import argparse
import signal
import sys

import alone
import books
import crash
import joint
import morning
import opening
import rulebook
import view
from city import City
from clock import TooSlow
from operation import Operation
from words import Words

parser = argparse.ArgumentParser()
parser.add_argument("--build", required=True)
parser.add_argument("--seconds", type=int, default=0, help="that installing and building took")
parser.add_argument("--seed", type=int, default=7)
parser.add_argument("--joint", action="store_true", help="one joint operation alone, with every figure of its record")
parser.add_argument("--record", help="where --joint keeps that record, for audit.py")
options = parser.parse_args()


def two_days():
    words, city = Words(steps=7), City(options.build, options.seed, rate=1200)
    try:
        words.step("构建", "build", f"whistled, whistle, whistle-bench   {options.seconds // 60}m{options.seconds % 60:02}s")
        rulebook.show(words, city)
        day = opening.show(words, city)
        operation = Operation(words, city, day)
        joint.show(operation)
        crash.show(words, city, day)
        morning.show(words, city, day, operation)
        view.show(operation)
        books.show(words, city, day)
    finally:
        city.close()
    return words


def one_operation():
    for rate in alone.RATES:
        words, city = Words(steps=alone.STEPS), City(options.build, options.seed, rate)
        try:
            alone.show(words, city, options.record)
            return words
        except TooSlow:
            words.note("机器跟不上", "the machine does not keep up", f"×{rate}")
        finally:
            city.close()
    words.true("a machine that keeps up", False)
    return words


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
words = one_operation() if options.joint else two_days()
words.line("      " + words.pick("接着试", "go on") + "   build/whistled init --help · README.md · proto/README.md · " +
           ("sh config/demo.sh" if options.joint else "sh config/demo.sh --joint"))
sys.exit(words.count())
