"""Which rungs fired, from the events: a rung is one of a clock of a case, in its turn."""
import collections


def all_fired(witness):
    for item in list(witness.events):
        event = item["happening"]["event"]
        if event["kind"] != "rung":
            continue
        for clock in event.get("clocks", []):
            for rung in clock.get("rungs", []):
                if rung.get("fired_ms") == event["at_ms"] and rung["id"] == event["rung"]:
                    yield event["number"], clock["id"], rung["id"], rung.get("turn", 0), event["seq"]


def fired(witness):
    return {key[:4] for key in all_fired(witness)}


def twice(witness):
    """Rungs that are marked in more than one event."""
    count = collections.Counter(key[:4] for key in all_fired(witness))
    return [key for key, n in count.items() if n > 1]
