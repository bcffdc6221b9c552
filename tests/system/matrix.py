"""Who may do what, read from the table of config/README.md; tests/unit/test_permit.c holds the core's own to the same.

    may = matrix.read()
    may("evaluate", "unit", "L")  # False
"""
import pathlib
import re

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "config" / "README.md"
ROLES = ["office", "unit", "supervisor", "observer", "operator", "import"]
LETTERS = "OCLABSWKJM"


def read():
    """may(operation, role, letters): may that role do it, standing to the case in these ways?"""
    table, inside = {}, False
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells == ["operation", *ROLES]:
            inside = True
        elif inside and not cells:
            break
        elif inside and (name := re.match("`([a-z_]+)`", cells[0])):
            table[name.group(1)] = dict(zip(ROLES, (set(cell) & set(LETTERS) for cell in cells[1:]), strict=True))
    assert len(table) > 50, "the table is not where it was"

    def may(operation, role, letters):
        return bool(table[operation][role] & set(letters))
    return may
