"""One joint operation as it goes on: its number, its units' names, and who acts in it."""
import hashlib

from clock import show as hour

AGENTS = {"cg": "王建国", "scj": "康国庆", "water": "沈学军", "jj": "段成林", "xf": "李永刚", "zd1": "吴玉珍",
          "420902001001": "周敏", "420902001": "周晓燕", "centre": "陈慧敏", "supervise": "雷丽华"}


class Operation:
    def __init__(self, words, city, day):
        self.words, self.city, self.day = words, city, day
        self.number, self.names = None, {}
        self.evidence = {}  # name of a picture → its SHA-256

    def act(self, principal, verb, *options):
        return self.city.whistle(principal, verb, self.number, *options, agent=AGENTS[principal])

    def wait(self, kind, nth=1, **more):
        return self.day.witness.wait(self.number, kind, nth=nth, **more)

    def until(self, text):
        self.day.clock.until(text)

    def case(self):
        return self.city.case(self.number)["case"]

    def tell(self, event, zh, en, text):
        self.words.at(hour(event["at_ms"]), zh, en, text)

    def picture(self, name, colour):
        """A picture that somebody took; its digest is kept, to be found on the record again."""
        path = self.city.directory / f"{name}.ppm"
        path.write_bytes(b"P6 64 48 255\n" + bytes(colour) * (64 * 48))
        self.evidence[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return path
