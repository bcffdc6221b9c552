"""Step 5, Saturday: the late case is handed up; then the joint operation on site, to its end."""
import ending
import onsite
from clock import ms, show as hour


def show(words, city, day_, op):
    handed_up(words, city, day_)
    onsite.show(op)
    ending.show(op)


def handed_up(words, city, day_):
    first = day_.first
    event = day_.witness.wait(first, "rung", charge="420902001")
    words.true("handed up at Sat 08:31", event and 0 <= event["at_ms"] - ms("2026-02-14T08:31") < 20 * 60000)
    words.check("the street is in charge", city.case(first)["case"]["charge"], "420902001")
    day_.clock.until("2026-02-14T08:52")
    city.whistle("cg", "resolve", first, "--reason", "S01", agent="王建国")
    closed = day_.witness.wait(first, "closed")
    words.true("done and found solved", closed)
    words.at(f"02-14 {hour(event['at_ms'])}", "超期", "late",
             f"{first} → {words.pick('提级', 'hand-up')} 书院街道 → {hour(closed['at_ms'])} {words.pick('办结', 'done')}")
