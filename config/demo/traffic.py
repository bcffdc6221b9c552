"""What happens in the city on a day, by seed: the whistles of its offices, and the rows of an old system."""
import csv
import random

# category, title, kind of matter; whoever must come is settled by the rules
MATTERS = [("0106", "绿地有枯枝杂物"), ("0109", "行道树挂有塑料袋"), ("P0101", "井盖破损"), ("0110", "路面破损"),
           ("0302", "占道施工"), ("P0104", "路灯不亮"), ("0401", "流动摊贩占道"), ("0405", "共享单车乱停放")]
CONDITIONS = {"P0101": "3", "P0104": "2", "0110": "1"}
OFFICES = ["420902001002", "420902001004", "420902001005", "420902001009", "420902002001", "420902002003",
           "420902002007", "420902002010"]
SURNAMES, NAMES = "赵钱孙李周吴郑王冯陈", ["伟", "芳", "敏", "静", "丽娟", "建华", "志刚", "秀英"]
QUESTION = ("0102", "垃圾分类投放时间是几点")


def person(chance):
    return chance.choice(SURNAMES) + chance.choice(NAMES)


def whistles(seed, count, questions):
    """(minute of the morning and afternoon, office, options) of the day's whistles, in order."""
    chance = random.Random(f"{seed} whistles")
    minutes = sorted(chance.sample(range(36, 470), count))
    asked = set(chance.sample(range(count), questions))
    for i, minute in enumerate(minutes):
        category, title = QUESTION if i in asked else chance.choice(MATTERS)
        office = chance.choice(OFFICES)
        options = ["--category", category, "--area", office, "--title", title, "--name", person(chance), "--phone",
                   f"138{chance.randrange(10**8):08}"]
        if i in asked:
            options += ["--nature", "consultation"]
        elif category in CONDITIONS:
            options += ["--condition", CONDITIONS[category]]
        yield minute, office, options


def write_rows(seed, path, count):
    """An export of another system, two months old."""
    chance = random.Random(f"{seed} rows")
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["工单编号", "小类", "社区", "标题", "诉求人", "电话", "时间"])
        for i in range(count):
            category, title = chance.choice(MATTERS)
            day, hour, minute = chance.randint(1, 28), chance.randint(8, 17), chance.randint(0, 59)
            rows.writerow([f"GD{i + 1:06}", category, chance.choice(OFFICES), title, person(chance),
                           f"139{chance.randrange(10**8):08}", f"2026-01-{day:02} {hour:02}:{minute:02}:00"])


MAP = """\
zone: Asia/Shanghai
fields:
  source: 旧系统
  source-no: {column: 工单编号}
  category: {column: 小类}
  area: {column: 社区}
  title: {column: 标题}
  name: {column: 诉求人}
  phone: {column: 电话}
  reported: {column: 时间, format: "%Y-%m-%d %H:%M:%S"}
"""
