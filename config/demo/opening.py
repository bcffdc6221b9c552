"""Step 3: the day begins. Departments and offices start up, whistles come in from several offices."""
import traffic
from clock import day, ms, show as hour
from people import PEOPLE, Day, compile_protocol, start_departments, start_offices

MORNING = 31          # whistles up to 16:50, with the joint one
QUESTIONS = 2         # of them: only registered

def show(words, city):
    status = city.ask("status")
    words.step("城市时钟", "city clock",
               f"2026-02-13 {words.pick('周五', 'Fri')} 08:00 ×{city.rate}   ** DEMO STORE 演示库 **  seed {city.seed}")
    words.true("the store is marked as a demonstration", status["clock"]["demo"])
    day_ = Day(city)
    compile_protocol(city)
    start_departments(city, PEOPLE)
    start_offices(city, traffic.OFFICES)
    first_whistle(words, city, day_)
    for minute, office, options in traffic.whistles(city.seed, MORNING - 2, QUESTIONS):
        day_.clock.until(f"2026-02-13T{8 + minute // 60:02}:{minute % 60:02}")
        answer = city.whistle(office, "submit", *options, "--yes", agent="网格员")
        day_.submitted += 1
        day_.registered += answer["state"] == "registered"
        tell(words, answer, options)
    words.check("questions are registered, nobody is summoned", day_.registered, QUESTIONS)
    return day_


def tell(words, answer, options):
    """One line for every fourth whistle: a day is long."""
    if int(answer["number"].split("-")[1]) % 4:
        return
    units = " · ".join(c["name"] for c in answer.get("called", [])) or words.pick("登记", "registered")
    words.at("·····", "吹哨", "whistle", f"{answer['number']}  {options[5]} → {units}")


def first_whistle(words, city, day_):
    """One working day from Friday 08:31 ends on Saturday 08:31: 02-14 is a make-up working day 调休."""
    day_.clock.until("2026-02-13T08:31")
    answer = city.whistle("420902001005", "submit", "--category", "0102", "--area", "420902001005", "--title",
                          "单元门口暴露垃圾", "--name", "刘芳", "--phone", "13871230000", "--yes", agent="周敏")
    day_.first, day_.submitted = answer["number"], 1
    filed = city.case(day_.first)["case"]["filed_ms"]
    due = answer["called"][0]["resolve_due_ms"]
    words.check("1 working day from Fri 08:31 is Sat 08:31", due - filed, 24 * 3600 * 1000)
    words.true("filed at 08:31", 0 <= filed - ms("2026-02-13T08:31") < 20 * 60000)
    words.at(hour(filed), "吹哨", "whistle",
             f"{day_.first}  向阳社区 暴露垃圾 → {answer['called'][0]['name']}   "
             f"{words.pick('处置限', 'due')} {day(due)} ({words.pick('周六调休上班', 'Sat, make-up day')})")
    words.true("the subscriber accepts it", day_.witness.wait(day_.first, "accepted", unit="cg"))
    city.whistle("cg", "report", day_.first, "--person", "王建国", "--heads", "2", agent="王建国")
