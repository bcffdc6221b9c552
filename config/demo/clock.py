"""The city's clock as this program sees it: asked of the daemon once, then counted on."""
import datetime
import time

ZONE = datetime.timezone(datetime.timedelta(hours=8))
WEEKDAYS = {"both": "一二三四五六日", "zh": "一二三四五六日", "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}


def ms(text):
    """Milliseconds of a city time such as 2026-02-13T16:50."""
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def show(when_ms, format="%H:%M"):
    return datetime.datetime.fromtimestamp(when_ms / 1000, ZONE).strftime(format)


def day(when_ms):
    return show(when_ms, "%m-%d %H:%M")


def minutes(span_ms):
    return f"{span_ms // 3600000}h{span_ms // 60000 % 60:02}"


class TooSlow(Exception):
    """The city's clock runs away from the story."""


class Clock:
    def __init__(self, city, grace_minutes=None):
        self.city, self.grace_minutes = city, grace_minutes
        self.sync()

    def sync(self):
        asked = self.city.ask("status")["clock"]
        self.at, self.city_ms, self.rate = time.monotonic(), asked["city_ms"], asked["rate"]

    def now(self):
        return round(self.city_ms + (time.monotonic() - self.at) * 1000 * self.rate)

    def until(self, text):
        """Waits for a city time; at once when it is over, but not by more than the story bears."""
        ahead_ms = ms(text) - self.now()
        if ahead_ms > 0:
            time.sleep(ahead_ms / self.rate / 1000)
        elif self.grace_minutes is not None and -ahead_ms > self.grace_minutes * 60000:
            raise TooSlow
