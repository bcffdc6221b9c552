"""`--joint`: the joint operation alone, from Friday 16:50 to its end, and then every figure of its record."""
import json

import aside
import audit
import ending
import figures
import joint
import onsite
import public
import record
import view
from clock import TooSlow, ms
from operation import Operation
from people import Day, compile_protocol, start_departments

STEPS = 4
RATES = [480, 240, 160]  # a machine that does not keep up has another, slower try
GRACE_MINUTES = 8          # what the story may be behind the city's clock without another rung or another day


def show(words, city, keep):
    city.start("2026-02-13T16:45")
    words.step("城市时钟", "city clock",
               f"2026-02-13 {words.pick('周五', 'Fri')} 16:45 ×{city.rate}   ** DEMO STORE 演示库 **  seed {city.seed}")
    words.true("the store is marked as a demonstration", city.ask("status")["clock"]["demo"])
    compile_protocol(city)
    listener = public.Listener(city)
    op = Operation(words, city, Day(city, GRACE_MINUTES))
    start_departments(city, ["scj", "jj", "water"])
    friday(op)
    night(op)
    saturday(op)
    view.show(op)
    listener.show(op)
    books(op, keep)


def friday(op):
    joint.submit(op)
    if op.filed >= ms("2026-02-13T17:00"):  # its hour to accept would end on Saturday
        raise TooSlow
    joint.accepted(op)
    aside.spared(op)
    joint.ruled(op)
    joint.climbed(op)


def night(op):
    """An orderly stop; nothing is on a clock until the morning."""
    op.words.check("an orderly stop over night", op.city.stop(), 0)
    took = op.city.start("2026-02-14T08:55")
    op.day.clock.sync()
    op.words.check("the morning finds the case", op.case()["state"], "in_hand")
    op.words.note("次日", "the next day", f" 02-14 {op.words.pick('周六,调休上班', 'Sat, make-up day')} 08:55   {took} ms")


def saturday(op):
    onsite.arrived(op)
    aside.handed_down(op)
    onsite.supervised(op)
    aside.progressed(op)
    onsite.done(op, worker=lambda unit: figures.BRANCH if unit == "cg" else unit)
    ending.show(op)


def books(op, keep):
    taken = record.take(op)
    if keep:
        with open(keep, "w") as file:
            json.dump(taken, file)
    total = audit.check(op.words, taken)
    rates = " · ".join(f"{op.words.pick(zh, en)} {done}/{of}" for (zh, en), (done, of) in zip(
        (("响应", "response"), ("解决", "solution"), ("满意", "satisfaction")), audit.rates(total).values()))
    op.words.step("当日", "the days' books", op.words.mix(
        f"‹签收|accepted› {total['accepted']}/{total['called']} · ‹迟|late› {total['accepted_late']} · ‹报到|reported› "
        f"{total['reported']} · ‹迟|late› {total['reported_late']} · ‹督办节点|rungs› {total['rung']} · ‹三率|rates› {rates}"))
