"""Who is at work: departments and offices, each a process of its own with a feed of its own."""
import subprocess
import sys

from city import HERE, Witness
from clock import Clock

PEOPLE = {"scj": ("康国庆", "内线6110"), "jj": ("段成林", "内线6113"), "water": ("沈学军", "内线6117"),
          "zj": ("范秀兰", "内线6123"), "power": ("万文斌", "内线6121"), "yl": ("许振华", "内线6133"),
          "zd1": ("吴玉珍", "内线6135"), "zd2": ("孟永刚", "内线6137")}
ON_CALL = ("李永刚", "内线6116")  # contact B of the fire brigade


class Day:
    """What the later steps need to know of it."""

    def __init__(self, city, grace_minutes=None):
        self.clock = Clock(city, grace_minutes)
        self.witness = Witness(city)
        self.first = None       # number of the whistle of 08:31
        self.submitted = 0
        self.registered = 0
        self.imported = 0


def hook(unit, person, phone, *more):
    return " ".join([sys.executable, "-B", f"{HERE}/department.py", unit, person, phone, *more])


def compile_protocol(city):
    subprocess.run(["protoc", f"-I{HERE.parents[1]}/proto", f"--python_out={city.directory}", "whistle.proto"],
                   check=True)


def start_departments(city, units):
    """The law enforcement bureau has a subscriber in Python, the fire brigade only its contact B."""
    city.process(sys.executable, "-B", HERE.parents[1] / "clients/examples/subscriber.py", city.url, "cg", "cg", "王建国",
                 out=city.directory / "subscriber.log")
    for unit in units:
        city.watch(unit, hook(unit, *PEOPLE[unit]))
    city.watch("xf", hook("xf", *ON_CALL, "--contact", "B"), "--contact", "B", "--means", "sms")


def start_offices(city, offices):
    for office in offices:
        city.watch(office, f"sh {HERE}/office.sh {office} 网格员")
