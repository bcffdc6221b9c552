"""The examples of clients/examples, run as their first lines say: against a stand-in daemon, and sealed against the real one."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

import between
import client_kit
import daemon
import sealing
import vectors
from fake_daemon import pb

EXAMPLES = client_kit.ROOT / "clients" / "examples"
JAR = pathlib.Path("/usr/share/java/protobuf.jar")
OFFICE = "420902001001"


class Example:
    def __init__(self, *command, consumer):
        self.command, self.consumer = command, consumer

    def run(self, url, principal, key_file="", timeout=60):
        """As unit cg, Wang, until the feed is empty."""
        where = [url] if self.consumer == "subscriber.py" else url.removeprefix("tcp://").split(":")
        return subprocess.run([*self.command, *where, principal, "cg", "wang", "--once"], capture_output=True, text=True,
                              timeout=timeout, env=os.environ | {"WHISTLE_KEY_FILE": str(key_file)})


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    directory = tmp_path_factory.mktemp("python")
    subprocess.run(["protoc", f"-I{client_kit.ROOT}/proto", f"--python_out={directory}", "whistle.proto"], check=True)
    for name in ("subscriber.py", "seal.py"):
        shutil.copy(EXAMPLES / name, directory)
    return Example("/usr/bin/python3", directory / "subscriber.py", consumer="subscriber.py")


@pytest.fixture(scope="module")
def java(tmp_path_factory):
    if not shutil.which("javac"):
        pytest.skip("no JDK here")
    if not JAR.exists():
        pytest.skip("libprotobuf-java is not installed")
    directory = tmp_path_factory.mktemp("java")
    subprocess.run(["protoc", f"-I{client_kit.ROOT}/proto", f"--java_out={directory}", "whistle.proto"], check=True)
    classes = f"{JAR}:{directory}"
    for name in ("Subscriber.java", "Seal.java"):
        shutil.copy(EXAMPLES / name, directory)
    subprocess.run(["javac", "-encoding", "UTF-8", "-nowarn", "-cp", classes, "Subscriber.java", "Seal.java",
                    "org/whistled/proto/WhistleProto.java"], cwd=directory, check=True, capture_output=True, timeout=300)
    return Example("java", "-Dfile.encoding=UTF-8", "-cp", classes, "Subscriber", consumer="Subscriber.java")


@pytest.fixture(params=["python", "java"])
def example(request):
    return request.getfixturevalue(request.param)


pytestmark = pytest.mark.timeout(400)  # javac takes its time

# ---- plain, against a stand-in ----


@pytest.fixture
def kit(tmp_path):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    kit = client_kit.Kit(tmp_path)
    kit.url = f"tcp://127.0.0.1:{port}"
    kit.start()
    yield kit
    kit.stop()


def accepted(kit):
    return [(a.number, a.unit, a.person) for a in kit.daemon.acts(pb.VERB_ACCEPT)]


def test_a_subscriber_accepts_once(kit, example):
    number = kit.submit()
    done = example.run(kit.url, "cg-bot")
    assert done.returncode == 0 and "accept: ok" in done.stdout, done.stderr
    assert accepted(kit) == [(number, "cg", "wang")]
    assert kit.daemon.cursors["cg", example.consumer] == 3
    again = example.run(kit.url, "cg-bot")
    assert again.stdout == "" and len(accepted(kit)) == 1


def test_python_subscriber_on_ipc_and_a_busy_daemon(tmp_path, python):
    kit = client_kit.Kit(tmp_path)
    kit.start()
    kit.submit()
    kit.daemon.busy = 1
    done = python.run(kit.url, "cg-bot")
    assert done.returncode == 0, done.stderr
    acts = [r.id for r in kit.daemon.seen if r.WhichOneof("op") == "act"]
    assert len(acts) == 2 and len(set(acts)) == 1, "tried again under the same id"
    kit.stop()


def test_an_example_stays_short():
    for name, most in (("subscriber.py", 115), ("seal.py", 70), ("Seal.java", 130)):
        assert len((EXAMPLES / name).read_text().splitlines()) <= most, name


# ---- sealed, against the daemon, with somebody between ----


class City:
    def __init__(self, directory):
        self.key = sealing.Key("cg", "server")
        self.keys = sealing.write(directory / "keys", "# of this machine\n", sealing.Key("jj").line(), self.key.line())
        keyring = sealing.write(directory / "keyring", self.key.line())
        self.d = daemon.Daemon(directory, tcp=True, keyring=keyring).start()


@pytest.fixture
def city(tmp_path):
    if not daemon.is_built():
        pytest.skip("whistled is not built")
    city = City(tmp_path)
    yield city
    city.d.stop()


@pytest.fixture
def man(city):
    with between.Between(city.d.tcp_url) as man:
        yield man


def taken(city, number):
    (summons,) = [s for s in city.d.json("show", number)["summonses"] if s["unit"] == "cg"]
    return summons["state"]


def test_a_sealed_subscriber_is_believed_over_tcp(city, man, example):
    number = city.d.submit(OFFICE)
    done = example.run(man.url, "cg", city.keys)
    assert done.returncode == 0 and "accept: ok" in done.stdout, done.stderr
    assert taken(city, number) == "accepted"
    asked = [between.envelope(q) for q in man.questions]
    assert len(asked) >= 4 and all((e.suite, e.key_id, e.plain) == (1, "server", b"") for e in asked)
    assert len({e.salt for e in asked}) == len(asked) and b"wang" not in b"".join(man.questions)
    assert example.run(man.url, "cg", city.keys).stdout == "", "what was acknowledged does not come again"


def forgeries():
    empty = pb.Reply(code="ok", feed=pb.Feed(epoch=1, next_after=99))
    return [lambda q, a: between.plain(empty, between.envelope(q).id),
            lambda q, a: between.plain(pb.Reply(code="not_allowed", text="\x1b[2J")),
            lambda q, a: between.plain(pb.Reply(code="too_large")),
            lambda q, a: between.plain(pb.Reply(code="refused")),
            lambda q, a: a[:-1] + bytes([a[-1] ^ 1]),
            lambda q, a: q,
            lambda q, a: b"\xff" * 9,
            lambda q, a: b""]


def test_what_is_not_sealed_is_not_believed(city, man, example):
    """And never the end: the same request goes out again, under a new seal."""
    number = city.d.submit(OFFICE)
    forged = forgeries()
    man.answer = lambda q, a: [forged[len(man.questions) - 1](q, a) if len(man.questions) <= len(forged) else a]
    done = example.run(man.url, "cg", city.keys)
    assert done.returncode == 0 and "accept: ok" in done.stdout and taken(city, number) == "accepted", done.stderr
    tries = [between.envelope(q) for q in man.questions[:len(forged) + 1]]
    assert len({t.id for t in tries}) == 1 and len({t.salt for t in tries}) == len(tries)
    assert done.stderr.count("trying again") == len(forged) and "\x1b" not in done.stderr


def test_a_new_key_may_stand_in_front_before_the_daemon_has_it(city, man, example):
    sealing.write(city.keys, sealing.Key("cg", "next").line(), city.key.line(until="2999-12-31"))
    number = city.d.submit(OFFICE)
    done = example.run(man.url, "cg", city.keys)
    assert done.returncode == 0 and taken(city, number) == "accepted", done.stderr
    assert [between.envelope(q).key_id for q in man.questions][:3] == ["next", "server", "server"]


def test_without_a_good_key_nothing_is_sent(city, man, example):
    sealing.write(city.keys, city.key.line(until="2020-01-01"), sealing.Key("jj").line())
    done = example.run(man.url, "cg", city.keys)
    assert done.returncode != 0 and "no good key of cg" in done.stderr and not man.questions


def test_pythons_seal_opens_the_vectors(tmp_path, python):
    keys = sealing.write(tmp_path / "keys", vectors.KEY.line())
    program = """if True:
        import sys, seal, whistle_pb2 as pb
        answer = pb.Envelope.FromString(bytes.fromhex(sys.argv[2]))
        print(seal.Keys(sys.argv[1], "jia").open(answer, answer.id).code)
    """
    answer = vectors.read("sealed-submit-answer-envelope").hex()
    done = subprocess.run([sys.executable, "-c", program, keys, answer], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(python.command[1].parent)})
    assert done.stdout == "ok\n", done.stderr
