"""A city's duty list (立结案标准) becomes classes, conditions, units and rules; what is unclean in it is said by line.

Nothing is dropped: what cannot be used is named, with what was done instead.
"""
import csv
import re

LIMIT = re.compile(r"\d+(\.\d+)?(紧急工作时|紧急工作日|工作时|工作日|自然日|小时|天|分钟)")
RELATIVE = ("所属街办", "属地行政执法部门", "各产权单位")  # who it is depends on the place
KIND_LETTER = {"部件": "B", "事件": "S"}


def read_list(path):
    """(line at which it begins, row by column name) of each row; line breaks may stand in a cell."""
    with open(path, encoding="utf-8-sig", newline="") as f:
        reader = csv.reader(f)
        head = next(reader)
        line = reader.line_num + 1
        for values in reader:
            yield line, dict(zip(head, values))
            line = reader.line_num + 1


class DutyList:
    def __init__(self, rows):
        self.dirt = []        # (line, column, kind, sentence); line 0: about the whole list
        self.classes = {}     # code → (name, code of the class above)
        self.conditions = []  # (class, number, text, closing, limit)
        self.units = {}       # name → code
        self.rules = []       # (class, number, codes of the units, the first leads)
        for line, row in rows:
            self.take(line, row)
        self.find_spellings()

    def say(self, line, column, kind, sentence):
        self.dirt.append((line, column, kind, sentence))

    def text(self, line, row, column):
        """A cell without the blanks around it; a line break inside is a slip of the spreadsheet."""
        raw = row[column]
        if "\n" in raw:
            self.say(line, column, "line break", f"a line break in {raw!r}, taken out")
        return raw.strip().replace("\n", "")

    def code(self, line, row, column):
        raw = row[column]
        if len(raw) != 2:
            self.say(line, column, "short code", f"{raw!r} has not two digits, read as {raw.zfill(2)}")
        return raw.zfill(2)

    def limit(self, line, row):
        text = self.text(line, row, "处置时限")
        if LIMIT.fullmatch(text):
            return text
        self.say(line, "处置时限", "limit", f"{text!r} is no limit, the city's default stands")
        return ""

    def unit(self, name):
        return self.units.setdefault(name, f"Y{len(self.units) + 1:03}")

    def called(self, line, row):
        """A list joined by 、, here and there by a line break; its first is taken to lead."""
        raw = row["处置单位"]
        if "\n" in raw:
            self.say(line, "处置单位", "line break", f"a line break in {raw!r}, read as 、")
        names = [name.strip() for name in re.split(r"[、\n]", raw) if name.strip()]
        if len(set(names)) != len(names):
            self.say(line, "处置单位", "unit twice", f"{raw!r} names a unit twice")
        if len(names) > 1:
            self.say(line, "处置单位", "who leads",
                     f"{len(names)} units and no word who leads: {names[0]} leads, the others assist")
        for name in names:
            if name in RELATIVE:
                self.say(line, "处置单位", "relative unit", f"{name} is no unit of its own, entered as one")
        return [self.unit(name) for name in dict.fromkeys(names)]

    def enter_class(self, line, code, name, above):
        before = self.classes.setdefault(code, (name, above))
        if before[0] != name:
            self.say(line, "名称", "name", f"{code} is {before[0]} above, {name} here: the first stands")

    def take(self, line, row):
        top = KIND_LETTER[self.text(line, row, "类别")] + self.code(line, row, "大类代码")
        code = top + self.code(line, row, "小类代码")
        self.enter_class(line, top, self.text(line, row, "大类名称"), "")
        self.enter_class(line, code, self.text(line, row, "小类名称"), top)
        number = 1 + sum(c[0] == code for c in self.conditions)
        text, closing = self.text(line, row, "立案条件"), self.text(line, row, "结案条件")
        if any(c[0] == code and c[2] == text for c in self.conditions):
            self.say(line, "立案条件", "condition again", f"{code} has the condition {text!r} already, entered again")
        self.conditions.append((code, number, text, closing, self.limit(line, row)))
        self.rules.append((code, number, self.called(line, row)))

    def find_spellings(self):
        """A name that another ends with may be the same unit, written shorter. Nobody but the city can tell."""
        for short in self.units:
            for long in self.units:
                if short != long and long.endswith(short):
                    self.say(0, "处置单位", "spelling", f"{short} and {long} may be one unit; they stay two")

    def write(self, table):
        """Calls `table(name, head, rows)` for each file of the rulebook."""
        table("areas.csv", ["code", "level", "name"], [("140800", "city", "运城市")])
        table("units.csv", ["code", "name", "type", "area"],
              [("desk", "城市管理监督指挥中心", "centre", "140800")] +
              [(code, name, "department", "140800") for name, code in self.units.items()])
        table("categories.csv", ["code", "name", "parent"],
              [(code, name, above) for code, (name, above) in self.classes.items()])
        table("conditions.csv", ["category", "code", "text", "closing", "resolve"], self.conditions)
        table("rules.csv", ["id", "category", "condition", "lead", "assist"],
              [(f"{code}-{number}", code, number, units[0], ";".join(units[1:])) for code, number, units in self.rules])
