"""libwhistle as an integrator meets it: from C++, by its exported names, and the public feed."""
import os
import re
import socket
import struct
import subprocess
import threading

import pytest

import client_kit
from fake_daemon import pb

PROGRAM = r"""
#include <whistle.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

static int subscribe(const char *address)
{
    whistle_subscription *s;
    if (whistle_subscribe(address, "420902", &s) != WHISTLE_OK)
        return 10;
    for (int got = 0; got < 3;) {
        Whistle__V1__Notice *notice;
        int result = whistle_next(s, 5000, &notice);
        if (result == WHISTLE_NOTHING)
            return 11;
        if (result != WHISTLE_OK) {
            std::printf("unreadable\n");
            continue;
        }
        char *json = whistle_json(&notice->base, 0);
        std::printf("%s\n", json);
        std::free(json);
        whistle_notice_free(notice);
        got++;
    }
    std::printf("lost %llu\n", (unsigned long long)whistle_lost(s));
    whistle_unsubscribe(s);
    return 0;
}

int main(int, char **argv)
{
    if (std::strcmp(argv[1], "subscribe") == 0)
        return subscribe(argv[2]);
    whistle_options options = WHISTLE_OPTIONS_INIT;
    options.address = argv[2];
    options.principal = "shuyuan";
    whistle *w;
    if (whistle_open(&options, &w) != WHISTLE_OK)
        return 1;
    Whistle__V1__Reply *reply;
    Whistle__V1__Request nothing = WHISTLE__V1__REQUEST__INIT;
    if (whistle_call(w, &nothing, &reply) != WHISTLE_BAD_USE || reply)
        return 2;
    if (whistle_finish(w, 0, &reply) != WHISTLE_BAD_USE)
        return 3;
    if (whistle_show(w, "260213-0009-9", 0, &reply) != WHISTLE_REFUSED)
        return 4;
    std::printf("%s|%s|%s\n", whistle_code(w), reply->arguments[0], reply->field);
    whistle_reply_free(reply);
    uint8_t id[16];
    whistle_make_id(id);
    Whistle__V1__Whistle issue = WHISTLE__V1__WHISTLE__INIT;
    issue.area = const_cast<char *>("420902001");
    issue.category = const_cast<char *>("0301");
    for (int i = 0; i < 2; i++) {
        if (whistle_submit(w, id, &issue, &reply) != WHISTLE_OK)
            return 5;
        std::printf("%s %u\n", reply->receipt->number, whistle_last_tries(w));
        whistle_reply_free(reply);
    }
    issue.title = const_cast<char *>("another operation under the same id");
    if (whistle_submit(w, id, &issue, &reply) != WHISTLE_REFUSED)
        return 6;
    std::printf("%s\n", whistle_code(w));
    whistle_reply_free(reply);
    whistle_close(w);
    whistle_close(nullptr);
    options.keyring = "/nowhere/keys";
    if (whistle_open(&options, &w) != WHISTLE_BAD_KEY || w)
        return 7;
    char why[256];
    if (whistle_check_keyring(options.keyring, "shuyuan", why, sizeof why) != WHISTLE_BAD_KEY)
        return 9;
    std::printf("%s\n", why);
    options.keyring = nullptr;
    options.address = "smoke://signal";
    return whistle_open(&options, &w) == WHISTLE_BAD_ADDRESS ? 0 : 8;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cpp")
    (directory / "program.cc").write_text(PROGRAM)
    symbols = subprocess.run(["nm", "-D", client_kit.BUILD / "libwhistle.so"], capture_output=True, text=True).stdout
    sanitize = ["-fsanitize=address,undefined"] if "__asan" in symbols else []
    subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", *sanitize, "-I",
                    client_kit.ROOT / "clients/libwhistle", "-isystem", client_kit.BUILD / "proto/proto",
                    directory / "program.cc", "-o", directory / "program", client_kit.BUILD / "libwhistle.so",
                    "-lprotobuf-c"], check=True)
    return directory / "program"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60,
                          env=os.environ | {"LD_LIBRARY_PATH": str(client_kit.BUILD)})


def test_from_cpp(program, tmp_path):
    kit = client_kit.Kit(tmp_path)
    kit.start()
    done = run(program, "requests", kit.url)
    kit.stop()
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert done.stdout.splitlines() == ["unknown_case|260213-0009-9|number", "260213-0001-1 1", "260213-0001-1 1",
                                        "id_reused", "/nowhere/keys: No such file or directory"]


def test_the_public_feed(program):
    """Notices of the area and below; what cannot be read is told and skipped; gaps in the count are losses."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def send(connection, area, **fields):
        body = area + b"/\0" + pb.Notice(epoch=1, **fields).SerializeToString()
        connection.sendall(struct.pack(">Q", len(body)) + body)

    def serve():
        connection, _ = listener.accept()
        connection.sendall(b"\0SP\0\0\x20\0\0")
        assert connection.recv(8) == b"\0SP\0\0\x21\0\0"
        send(connection, b"420902001", seq=5, published=1, number="260213-0001-1", state=pb.CASE_STATE_IN_HAND)
        send(connection, b"430000", seq=6, published=2)
        connection.sendall(struct.pack(">Q", 10) + b"420902xxxx")
        send(connection, b"420902", seq=7, published=5, kind=pb.EVENT_KIND_RUNG)
        send(connection, b"420902002", published=6, head_seq=7)
        connection.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    done = run(program, "subscribe", f"tcp://127.0.0.1:{port}")
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert done.stdout.splitlines() == [
        '{"epoch":1,"seq":5,"published":1,"number":"260213-0001-1","state":"in_hand"}', "unreadable",
        '{"epoch":1,"seq":7,"published":5,"kind":"rung"}', '{"epoch":1,"published":6,"head_seq":7}', "lost 3"]


def test_only_its_own_names_are_exported():
    listed = subprocess.run(["nm", "-D", "--defined-only", client_kit.BUILD / "libwhistle.so"], capture_output=True,
                            text=True, check=True).stdout
    names = [line.split()[-1] for line in listed.splitlines()]
    foreign = [n for n in names if not re.match(r"whistle_|LIBWHISTLE_0|__asan|__odr_asan|__ubsan|_init|_fini", n)]
    assert "whistle_call@@LIBWHISTLE_0" in names and foreign == []
    header = (client_kit.ROOT / "clients/libwhistle/whistle.h").read_text()
    declared = set(re.findall(r"\b(whistle_[a-z_]+)\(", header))
    exported = {n.split("@")[0] for n in names if n.startswith("whistle_") and not n.startswith("whistle__")}
    assert exported <= declared and exported, exported - declared
    assert {d for d in declared if d not in exported} == set()
