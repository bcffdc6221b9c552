"""systemd's own judgement of the unit, its user and its directories; and the daemon under the unit's promises."""
import re
import shutil
import socket
import subprocess

import pytest

import daemon

UNITS = daemon.ROOT / "systemd"
SERVICE = UNITS / "whistled.service"
needs_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60)


@needs_analyze
def test_the_service_is_hardened():
    done = run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", SERVICE)
    assert done.returncode == 0, done.stdout + done.stderr
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout).group(1))
    assert exposure <= 1.5


@needs_analyze
def test_that_judgement_can_fail(tmp_path):
    """The gate is open to nothing less: without its sandbox the same service is refused."""
    bare = tmp_path / "whistled.service"
    bare.write_text(re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|Capability|NoNew).*\n", "", SERVICE.read_text()))
    assert run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", bare).returncode != 0


@needs_analyze
def test_the_service_is_well_formed(tmp_path):
    """With programs that exist in the place of those that are not installed here."""
    unit = SERVICE.read_text().replace("/usr/sbin/whistled", "/bin/true").replace("/usr/bin/whistle", "/bin/true")
    (tmp_path / "whistled.service").write_text(unit)
    done = run("systemd-analyze", "verify", "--man=no", tmp_path / "whistled.service")
    assert done.returncode == 0 and "whistled.service" not in done.stderr, done.stderr


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed")
def test_the_user_is_made(tmp_path):
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", UNITS / "whistled.sysusers")
    if done.returncode != 0 and "No such file" in done.stderr:
        done = subprocess.run(["systemd-sysusers", f"--root={tmp_path}", "-"], text=True, capture_output=True,
                              input=(UNITS / "whistled.sysusers").read_text(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^whistled:.*:/var/lib/whistled:.*nologin$", (tmp_path / "etc/passwd").read_text(), re.M)
    assert "whistled:" in (tmp_path / "etc/group").read_text()


@pytest.mark.skipif(not shutil.which("systemd-tmpfiles"), reason="systemd-tmpfiles is not installed")
def test_the_directories_are_spelled_right():
    done = run("systemd-tmpfiles", "--dry-run", "--create", UNITS / "whistled.tmpfiles")
    if "unrecognized option" in done.stderr:  # before systemd 256
        lines = [line.split() for line in (UNITS / "whistled.tmpfiles").read_text().splitlines()
                 if line and not line.startswith("#")]
        assert all(line[0] == "d" and re.fullmatch("0[0-7]{3}", line[2]) for line in lines)
        assert {line[1] for line in lines} == {"/etc/whistled", "/var/lib/whistled", "/run/whistled", "/var/backups/whistled"}
    else:
        assert done.returncode == 0, done.stderr


def test_the_files_are_installed_with_the_prefix(tmp_path):
    if not (daemon.BUILD / "systemd" / "cmake_install.cmake").exists():
        pytest.skip("the build has no systemd folder")
    done = run("cmake", "--install", daemon.BUILD / "systemd", "--prefix", tmp_path)
    assert done.returncode == 0, done.stderr
    unit = (tmp_path / "lib/systemd/system/whistled.service").read_text()
    assert re.search(r"^ExecStart=/\S+/sbin/whistled run", unit, re.M)
    assert (tmp_path / "lib/sysusers.d/whistled.conf").exists()
    assert (tmp_path / "lib/tmpfiles.d/whistled.conf").exists()


# ---- the daemon keeps what the unit says of it ----


def exec_reload(d):
    """The unit's own ExecReload, against this daemon."""
    line = re.search(r"^ExecReload=(.*)$", SERVICE.read_text(), re.M).group(1)
    line = line.replace("/usr/bin/whistle ", f"{daemon.BUILD}/whistle ")
    return run(*line.replace("/run/whistled/status.sock", str(d.status_path)).split())


@pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")
def test_a_reload_fails_when_the_rulebook_is_refused(tmp_path):
    rules = daemon.copy_of_city(tmp_path)
    with daemon.running(tmp_path, rules=rules) as d:
        done = exec_reload(d)
        assert done.returncode == 0 and "is in force" in done.stdout, done
        (rules / "rules.yaml").write_text("- {id: R1, lead: nobody-there}\n")
        done = exec_reload(d)
        assert done.returncode != 0 and "error bad_rulebook" in done.stdout and "rules.yaml:1:" in done.stdout
        d.stop()
        assert exec_reload(d).returncode != 0  # nobody answers
