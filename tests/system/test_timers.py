"""What is shipped to back the store up and to check it by the clock: it asks the running daemon, fails where that fails, and
removes old backups and nothing else."""
import os
import re
import subprocess

import pytest

import daemon
import test_hardening as hardening
from test_check import flip, some_work
from test_hardening import nobodys, open_directory  # noqa: F401 - fixtures

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

UNITS = daemon.ROOT / "systemd"
SOMEBODY = 61234  # a user of the range that systemd takes a dynamic one from
OLD = [f"2026-01-{day:02}T010203Z" for day in range(1, 6)]


@pytest.fixture
def script(tmp_path):
    """systemd/backup, as it is installed in the build directory."""
    path = tmp_path / "backup"
    path.write_text((UNITS / "backup").read_text().replace("/usr/bin/whistle ", f"{daemon.BUILD}/whistle "))
    path.chmod(0o755)
    return path


def run(script, d, *words):
    return subprocess.run([script, *map(str, words)], capture_output=True, text=True, timeout=daemon.SECONDS,
                          env=d.environment("operator", WHISTLE_STATUS=str(d.status_path)))


def put_old(place, names=OLD, manifest=True):
    for name in names:
        (place / name / "journal").mkdir(parents=True)
        (place / name / "journal" / "1.seg").write_text("of old")
        if manifest:
            (place / name / "manifest").write_text("of old")


def names(place):
    return sorted(path.name for path in place.iterdir())


def test_a_backup_is_made_and_the_oldest_ones_go(tmp_path, script):
    place = tmp_path / "in a place"
    put_old(place)
    with daemon.running(tmp_path / "city") as d:
        d.submit("420902001001")
        done = run(script, d, place, 3)
        assert done.returncode == 0, done
        [new] = set(names(place)) - set(OLD)
        assert names(place) == [*OLD[3:], new] and re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}Z", new)
        assert done.stdout.startswith(f"ok {place}/{new} holds everything up to 1/")
        assert [f"removed {place}/{old}" in done.stdout for old in OLD] == [True] * 3 + [False] * 2
        assert d.json("status")["backup"]["directory"] == f"{place}/{new}"
        assert (place / new / "manifest").exists() and (place / OLD[3] / "manifest").exists()
    restored = subprocess.run([daemon.BUILD / "whistled", "restore", "--from", place / new, "--data", tmp_path / "back"],
                              capture_output=True, text=True)
    assert restored.returncode == 0, restored.stderr


def test_one_alone_is_kept_and_it_is_the_new_one(tmp_path, script):
    """Also where the clock was ahead once, so that others look newer."""
    put_old(tmp_path / "place", [OLD[0], "2999-01-01T000000Z"])
    with daemon.running(tmp_path / "city") as d:
        assert run(script, d, tmp_path / "place", 1).returncode == 0
        [left] = names(tmp_path / "place")
        assert d.json("status")["backup"]["directory"].endswith(left)


def test_what_is_no_backup_of_its_own_stays(tmp_path, script):
    place = tmp_path / "place"
    put_old(place, OLD[:1])
    put_old(place, ["before-the-upgrade", "2026-01-01", "2026-01-01T010203Z.kept"])
    put_old(place, ["2025-01-01T000000Z"], manifest=False)  # the daemon was stopped over it, or it is something else
    (place / "2025-01-02T000000Z").symlink_to(place / "before-the-upgrade")
    (place / "2025-01-03T000000Z").write_text("a file")
    before = set(names(place))
    with daemon.running(tmp_path / "city") as d:
        assert run(script, d, place, 1).returncode == 0
    assert before - set(names(place)) == set(OLD[:1])
    assert (place / "before-the-upgrade" / "journal" / "1.seg").exists()


def test_without_a_new_one_nothing_goes(tmp_path, script):
    place = tmp_path / "place"
    put_old(place)
    d = daemon.Daemon(tmp_path / "city").start()
    place.rename(tmp_path / "elsewhere")
    done = run(script, d, place, 1)
    assert done.returncode == 1 and "error io: " in done.stdout and "no backup was made" in done.stderr
    (tmp_path / "elsewhere").rename(place)
    d.stop()
    done = run(script, d, place, 1)
    assert done.returncode == 1 and "no status from" in done.stderr
    assert names(place) == OLD


def test_where_the_new_one_cannot_be_seen_nothing_goes(tmp_path, script):
    """The daemon's /tmp is another one, say."""
    put_old(tmp_path / "place")
    script.write_text(script.read_text().replace(f"{daemon.BUILD}/whistle ", "/bin/true "))
    done = run(script, daemon.Daemon(tmp_path / "city"), tmp_path / "place", 1)
    assert done.returncode == 1 and "cannot be seen from here" in done.stderr and names(tmp_path / "place") == OLD


@pytest.mark.parametrize("words", [[], ["/tmp"], ["/tmp", "1", "2"], ["here", "1"], ["", "1"], ["/tmp", "0"],
                                   ["/tmp", ""], ["/tmp", "many"], ["/tmp", "-1"], ["/tmp", "1 2"], ["/tmp", "01"]])
def test_wrong_words_ask_for_nothing(tmp_path, script, words):
    d = daemon.Daemon(tmp_path / "city")
    done = run(script, d, *words)
    assert done.returncode == 2 and done.stderr.startswith("backup: ") and done.stderr.count("\n") == 1
    assert "no status from" not in done.stderr


def test_the_check_fails_where_the_store_is_damaged(tmp_path):
    with daemon.running(tmp_path) as d:
        some_work(d)

        def check():
            return d.whistle("operator", "status", "--socket", d.status_path, "check", check=False).returncode
        assert check() == 0
        [segment] = (d.data / "journal").glob("*.seg")
        flip(segment, 300)
        assert check() == 1
        flip(segment, 300)
        assert check() == 0


# ---- as the units run them ----


def started_by(unit):
    """The words of a unit's ExecStart=, with its Environment= put in."""
    text = (UNITS / unit).read_text()
    environment = dict(word.split("=") for line in re.findall(r"^Environment=(.*)", text, re.M) for word in line.split())
    line = re.search(r"^ExecStart=(.*)", text, re.M).group(1)
    return re.sub(r"\$\{(\w+)\}", lambda found: environment[found.group(1)], line).split()


@hardening.as_root
@pytest.mark.skipif(daemon.is_sanitized(), reason="a sanitizer needs more calls than the units allow")
def test_both_as_their_units_run_them(nobodys):
    """The backup as the daemon's user, the check as a stranger of the operators' group; under the filters of the units."""
    backups = nobodys / "backups"
    backups.mkdir()
    os.chown(backups, hardening.NOBODY, hardening.NOBODY)
    script = nobodys / "backup"
    script.write_text((UNITS / "backup").read_text().replace("/usr/bin/whistle ", f"{daemon.BUILD}/whistle "))
    script.chmod(0o755)
    assert started_by("whistled-backup.service") == ["/usr/libexec/whistled/backup", "/var/backups/whistled", "14"]
    assert started_by("whistled-check.service") == ["/usr/bin/whistle", "status", "--socket=/run/whistled/status.sock",
                                                    "check"]
    d = hardening.AsTheUnit(nobodys).start()
    try:
        d.status_path.parent.chmod(0o755)
        backup = hardening.run_as(hardening.NOBODY, hardening.NOBODY, (),
                                  *hardening.like("whistled-backup.service", script, backups, 14),
                                  WHISTLE_STATUS=str(d.status_path))
        assert backup.returncode == 0, backup
        assert len(names(backups)) == 1 and backups.joinpath(*names(backups), "manifest").exists()
        ask = hardening.like("whistled-check.service", daemon.BUILD / "whistle", "status", f"--socket={d.status_path}", "check")
        check = hardening.run_as(SOMEBODY, SOMEBODY, [hardening.STRANGERS], *ask)
        assert check.returncode == 0 and check.stdout.startswith("ok "), check
        assert hardening.run_as(SOMEBODY, SOMEBODY, (), *ask).returncode == 1
    finally:
        d.stop()
