"""What is installed is complete, stands on its own feet elsewhere, and can be built against."""
import os
import subprocess

import pytest

import daemon
import sealing

PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <whistle.h>

int main(int argc, char **argv)
{
    struct whistle_options options = WHISTLE_OPTIONS_INIT;
    struct whistle *w;
    Whistle__V1__Reply *reply = NULL;
    Whistle__V1__Whistle report = WHISTLE__V1__WHISTLE__INIT;
    options.address = argv[1];
    options.keyring = argc > 2 ? argv[2] : NULL;
    options.principal = "420902001001";
    report.kind = WHISTLE__V1__KIND__KIND_ISSUE;
    report.category = (char *)"0102";
    report.area = (char *)"420902001001";
    report.title = (char *)"from C";
    if (whistle_open(&options, &w) != WHISTLE_OK)
        return 2;
    int rc = whistle_submit(w, NULL, &report, &reply);
    if (rc == WHISTLE_OK)
        puts(reply->receipt->number);
    else
        fprintf(stderr, "%s: %s\n", whistle_code(w), whistle_text(w));
    whistle_reply_free(reply);
    whistle_close(w);
    return rc == WHISTLE_OK ? 0 : 1;
}
"""

FILES = """
sbin/whistled bin/whistle bin/whistle-bench include/whistle/whistle.h include/whistle/whistle.pb-c.h
lib*/libwhistle.so lib*/libwhistle.so.0 lib*/pkgconfig/libwhistle.pc share/locale/zh_CN/LC_MESSAGES/whistle.mo
share/man/man1/whistle.1 share/man/man1/whistle-bench.1 share/man/man3/libwhistle.3 share/man/man8/whistled.8 lib/systemd/system/whistled.service
lib/systemd/system/whistled.socket lib/systemd/system/whistled-notices.socket lib/systemd/system/whistled-status.socket
lib/systemd/system/whistled-check.service lib/systemd/system/whistled-check.timer
lib/systemd/system/whistled-backup.service lib/systemd/system/whistled-backup.timer libexec/whistled/backup
lib/sysusers.d/whistled.conf lib/tmpfiles.d/whistled.conf share/whistled/city/rulebook.yaml
share/whistled/proto/whistle.proto
""".split()


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    if not (daemon.BUILD / "CMakeCache.txt").exists():
        pytest.skip("the build directory is not of cmake")
    if "SANITIZE:STRING=\n" not in (daemon.BUILD / "CMakeCache.txt").read_text():
        pytest.skip("a plain program cannot load a library with sanitizers")
    prefix = tmp_path_factory.mktemp("prefix")
    done = subprocess.run(["cmake", "--install", daemon.BUILD, "--prefix", prefix], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return prefix


def test_all_parts_are_installed(prefix):
    missing = [name for name in FILES if not list(prefix.glob(name)) and not list(prefix.glob(name.replace("lib*/", "lib/*/")))]
    assert not missing


def test_the_installed_programs_run_from_where_they_are(prefix):
    kept = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    for program in ("sbin/whistled", "bin/whistle", "bin/whistle-bench"):
        done = subprocess.run([prefix / program, "--help"], env=kept, capture_output=True, text=True)
        assert done.returncode == 0, (program, done.stderr)
    done = subprocess.run([prefix / "sbin/whistled", "check", prefix / "share/whistled/city"], env=kept,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_program_is_built_against_it(prefix, tmp_path):
    (pc,) = prefix.glob("lib*/**/libwhistle.pc")
    environment = os.environ | {"PKG_CONFIG_PATH": str(pc.parent)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libwhistle"], env=environment, capture_output=True,
                           text=True, check=True).stdout.split()
    source, program = tmp_path / "example.c", tmp_path / "example"
    source.write_text(PROGRAM)
    built = subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags],
                           capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    keys = sealing.write(tmp_path / "keys", sealing.Key("420902001001").line())
    with daemon.running(tmp_path / "city", tcp=True, keyring=keys) as city:
        for words in ([city.url], [city.tcp_url, keys]):
            done = subprocess.run([program, *words], env=os.environ | {"LD_LIBRARY_PATH": str(pc.parent.parent)},
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert city.json("show", done.stdout.strip())
