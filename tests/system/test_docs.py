"""The documents tell the truth: the README's commands run as written, and the protocol's tables are complete."""
import os
import re
import subprocess

import pytest

import daemon

README = daemon.ROOT / "README.md"
PROTOCOL = daemon.ROOT / "proto" / "README.md"


def shell_blocks(path):
    return re.findall(r"^```sh\n(.*?)^```", path.read_text(), re.M | re.S)


def errors():
    """(name, sentence) of daemon/base/error.h."""
    text = (daemon.ROOT / "daemon/base/error.h").read_text()
    return dict(re.findall(r'X\(\w+, -\d+, "(\w+)", "([^"]*)"\)', text))


def test_every_refusal_is_in_the_table():
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", PROTOCOL.read_text(), re.M))
    told = {code: sentence for code, sentence in rows.items() if code in errors()}
    assert sorted(told) == sorted(errors())
    assert len(errors()) > 40


def test_every_operation_and_verb_is_described():
    text = PROTOCOL.read_text()
    proto = (daemon.ROOT / "proto/whistle.proto").read_text()
    request = proto[proto.index("  oneof op {"):]
    operations = re.findall(r"^    \w+ (\w+) = \d+;", request[:request.index("  }")], re.M)
    assert len(operations) == 13
    for operation in operations:
        assert re.search(rf"^### `{operation}`", text, re.M), operation
    for verb in re.findall(r"^  VERB_(\w+) = [1-9]", proto, re.M):
        assert f"`{verb.lower()}`" in text, verb


def test_every_event_is_in_the_table():
    words = (daemon.ROOT / "daemon/core/words.h").read_text()
    kinds = re.search(r"#define EVENT_KINDS\(X\)(.*?)\n\n", words, re.S).group(1)
    told, text = {}, PROTOCOL.read_text()
    table = text[text.index("### Events"):text.index("## The public feed")]
    for names, chinese in re.findall(r"^\| ((?:`\w+` ?)+) \| ([^|`]+) \| [^|]+ \|$", table, re.M):
        told |= zip(re.findall(r"\w+", names), chinese.split())
    expected = dict(re.findall(r'X\(\w+, \d+, "(\w+)", "([^"]+)"\)', kinds))
    assert len(expected) >= 40 and {kind: told.get(kind) for kind in expected} == expected


@pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")
def test_the_readmes_commands_run_as_written(tmp_path):
    """All but what installs and builds; in a directory that looks like the checkout."""
    for name in ("config", "clients", "proto", "tests"):
        (tmp_path / name).symlink_to(daemon.ROOT / name)
    (tmp_path / "build").symlink_to(daemon.BUILD)
    blocks = [b for b in shell_blocks(README) if "sh tests/run.sh" not in b]
    assert len(blocks) == 3
    lines = [line for line in "".join(blocks).splitlines() if not line.startswith(("sh tests/install.sh", "cmake "))]
    script = "set -e\ntrap 'kill $!' EXIT\n" + "\n".join(lines) + "\n"  # the daemon ends with the shell, come what may
    (tmp_path / "tmp").mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WHISTLE_")}
    with open(tmp_path / "out", "w") as out:  # a file, since the daemon goes on holding it
        done = subprocess.run(["sh", "-c", script], cwd=tmp_path, stdout=out, stderr=out, timeout=120,
                              env=kept | {"TMPDIR": str(tmp_path / "tmp"), "LANG": "C.UTF-8"})
    said = (tmp_path / "out").read_text()
    assert done.returncode == 0, said
    assert re.search(r"^\d{6}-0001-\d  dispatched", said, re.M) and re.search(r"^\d{6}-0002-\d  dispatched", said, re.M)
    assert "accept: ok" in said and "城市管理执法局" in said, said
    commands = [line for line in blocks[0].splitlines() if line]
    assert len(commands) <= 8
