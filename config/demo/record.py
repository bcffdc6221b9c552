"""What is on record of a joint operation, taken from the daemon once it is over."""
import figures


class Record:
    def __init__(self, view):
        self.case = view["case"]
        self.events = [h["event"] for h in view["happenings"]]

    def of(self, kind, unit=None):
        return [e for e in self.events if e["kind"] == kind and unit in (None, e.get("unit"), e.get("target"))]

    def at(self, kind, unit=None, nth=1):
        return self.of(kind, unit)[nth - 1]["at_ms"]

    def desk_ms(self):
        """How long the desk had it: its own clock."""
        return sum(c["stopped_ms"] - c["start_ms"] for c in self.case["clocks"] if c["stage"] == "arbitrate")


def take(op):
    """All that `audit` looks at, as JSON."""
    return {"view": op.city.case(op.number), "summonses": op.city.ask(f"show {op.number}")["summonses"],
            "days": {day: op.city.ask(f"day {day}") for day in figures.BOOKS}}
