"""Each gate passes the repository as it is, and fails once a violation is planted in a copy."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
ROOM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(gate, root):
    done = subprocess.run([sys.executable, str(HERE / gate), str(root)], capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.fixture
def copy():
    """What git tracks (or, without git, all but builds), without a .git; in memory, since it is a thousand files."""
    with tempfile.TemporaryDirectory(dir=ROOM) as directory:
        yield copied(pathlib.Path(directory) / "repository")


def copied(root):
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True).stdout
        names = [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if p.is_file() and not p.relative_to(ROOT).parts[0].startswith("build")]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


def plant(path, line):
    """Puts a line at the end; returns its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + line + "\n", encoding="utf-8")
    return before.count("\n") + 1


@pytest.mark.parametrize("gate", ["layers.py", "no_recursion.py", "words.py", "format.py"])
def test_the_copy_passes(copy, gate):
    assert run(gate, copy) == (0, "")


@pytest.mark.parametrize("name, line", [
    ("core/draft.c", "#include <time.h>"),
    ("core/draft.c", "#include <unistd.h>"),
    ("core/draft.c", "#include <pthread.h>"),
    ("core/draft.c", '#include "store/db.h"'),
    ("core/draft.c", '#include "codec/codec.h"'),
    ("core/draft.h", '#include "whistle.pb-c.h"'),
    ("core/case.c", "static int counter;"),
    ("core/case.c", "static const char *last = 0;"),
    ("core/case.c", "int f(void) { return (int)time(0); }"),
    ("core/case.c", "void g(void) { printf(\"x\"); }"),
    ("base/arena.c", '#include "core/case.h"'),
    ("codec/codec.c", '#include "store/db.h"'),
    ("codec/codec.c", '#include "rulebook/rulebook.h"'),
    ("rulebook/rulebook.c", '#include "codec/codec.h"'),
    ("store/store.c", '#include "engine/engine.h"'),
    ("store/store.c", '#include "rulebook/rulebook.h"'),
    ("engine/batch.c", '#include "service/service.h"'),
    ("seal/planted.c", '#include "engine/engine.h"'),
    ("sp/sp_frame.c", '#include "core/case.h"'),
    ("service/planted.c", '#include "status/status.h"'),
    ("core/draft.c", '#include "draft.h"'),
    ("stray.c", '#include "base/arena.h"'),
])
def test_an_include_that_goes_upwards_is_seen(copy, name, line):
    number = plant(copy / "daemon" / name, line)
    status, output = run("layers.py", copy)
    assert status == 1
    assert f"daemon/{name}:{number}: " in output or (name == "stray.c" and "daemon/stray.c:1: " in output)


def test_no_sources_are_no_success(tmp_path):
    (tmp_path / "daemon").mkdir()
    (tmp_path / "proto").mkdir()
    assert run("layers.py", tmp_path)[0] == 1
    assert run("no_recursion.py", tmp_path)[0] == 1
    assert run("top_level.py", tmp_path)[0] == 1


@pytest.mark.parametrize("text, name", [
    ("message Own { Own own = 1; }", "Own"),
    ("message Many { repeated Many many = 1; }", "Many"),
    ("message Ping { Pong pong = 1; }\nmessage Pong { Ping ping = 1; }", "Ping"),
    ("message Outer { message Inner { whistle.v1.Outer outer = 1; } Inner inner = 1; }", "Outer"),
    ("message Mapped { map<string, Mapped> map = 1; }", "Mapped"),
    ("message Case2 { oneof body { Case2 one = 1; bytes two = 2; } }", "Case2"),
    ("message First { Third third = 1; }\nmessage Third { First first = 1; bytes more = 2; }", "Third"),
])
def test_a_message_that_contains_itself_is_seen(copy, text, name):
    for mark in "{;}":
        text = text.replace(mark + " ", mark + "\n")
    plant(copy / "proto" / "whistle.proto", text)
    status, output = run("no_recursion.py", copy)
    assert status == 1
    assert "proto/whistle.proto:" in output and f"{name} > " in output


@pytest.fixture
def whole(copy):
    """A copy whose top level is complete, whatever the repository still lacks."""
    for name in ("daemon", "proto", "clients", "config", "systemd", "tests"):
        (copy / name).mkdir(exist_ok=True)
    for name in ("CMakeLists.txt", "README.md", "LICENSE"):
        (copy / name).touch()
    return copy


def test_the_top_level_is_what_the_design_names(whole):
    assert run("top_level.py", whole) == (0, "")
    (whole / "notes.txt").touch()
    assert run("top_level.py", whole) == (1, "notes.txt:1: does not belong to the top level\n")
    (whole / "notes.txt").unlink()
    shutil.rmtree(whole / "proto")
    assert run("top_level.py", whole) == (1, "proto:1: is missing\n")


@pytest.mark.parametrize("line", [
    "see /wor" "k/main/daemon", "cd /ho" "me/somebody", "open('/ro" "ot/x')", "DIR=/Use" "rs/me",
    "https://py" "pi.org/simple", "pip install -i https://mirror" "s.example.com/x", "https://registry.npm" "js.org/",
    "deb http://deb.deb" "ian.org/debian bookworm main",
])
def test_a_place_or_a_package_host_is_seen(copy, line):
    number = plant(copy / "config" / "planted.md", line)
    status, output = run("words.py", copy)
    assert status == 1
    assert f"config/planted.md:{number}: " in output


@pytest.mark.parametrize("line", [
    "the agent 经办人 worked in /tmp/x and /run/whistled", "clients/wor" "k/x", "a/ho" "me/b", "the journal is at $HOME/x",
    "https://example.org/wor" "k/x", "/var/lib/whistled",
])
def test_what_holds_everywhere_passes(copy, line):
    plant(copy / "config" / "planted.md", line)
    assert "planted" not in run("words.py", copy)[1]


def test_a_line_laid_out_otherwise_is_named(copy):
    line = plant(copy / "daemon/core/case.c", "int  f( int x ){return x ;}")
    code, out = run("format.py", copy)
    assert code == 1 and f"case.c:{line}" in out
