"""The examples of clients/examples, run as their first lines say, against a stand-in daemon."""
import pathlib
import shutil
import socket
import subprocess

import pytest

import client_kit
from fake_daemon import pb

EXAMPLES = client_kit.ROOT / "clients" / "examples"
JAR = pathlib.Path("/usr/share/java/protobuf.jar")


@pytest.fixture
def kit(tmp_path):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    kit = client_kit.Kit(tmp_path)
    kit.port = port
    kit.url = f"tcp://127.0.0.1:{port}"
    kit.start()
    yield kit
    kit.stop()


def accepted(kit):
    return [(a.number, a.unit, a.person) for a in kit.daemon.acts(pb.VERB_ACCEPT)]


def test_python_subscriber(kit, tmp_path):
    number = kit.submit()
    subprocess.run(["protoc", f"-I{client_kit.ROOT}/proto", f"--python_out={tmp_path}", "whistle.proto"], check=True)
    shutil.copy(EXAMPLES / "subscriber.py", tmp_path)
    command = ["/usr/bin/python3", tmp_path / "subscriber.py", kit.url, "cg-bot", "cg", "王工", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "accept: ok" in done.stdout, done.stderr
    assert accepted(kit) == [(number, "cg", "王工")]
    assert kit.daemon.cursors["cg", "subscriber.py"] == 3
    again = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert again.stdout == "" and len(accepted(kit)) == 1


def test_python_subscriber_on_ipc_and_a_busy_daemon(tmp_path):
    kit = client_kit.Kit(tmp_path)
    kit.start()
    kit.submit()
    subprocess.run(["protoc", f"-I{client_kit.ROOT}/proto", f"--python_out={tmp_path}", "whistle.proto"], check=True)
    shutil.copy(EXAMPLES / "subscriber.py", tmp_path)
    kit.daemon.busy = 1
    command = ["/usr/bin/python3", tmp_path / "subscriber.py", kit.url, "cg-bot", "cg", "王工", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    acts = [r.id for r in kit.daemon.seen if r.WhichOneof("op") == "act"]
    assert len(acts) == 2 and len(set(acts)) == 1, "tried again under the same id"
    kit.stop()


def test_an_example_stays_short():
    lines = (EXAMPLES / "subscriber.py").read_text().splitlines()
    assert len(lines) <= 110


@pytest.mark.timeout(400)
@pytest.mark.skipif(not shutil.which("javac"), reason="no JDK here")
@pytest.mark.skipif(not JAR.exists(), reason="libprotobuf-java is not installed")
def test_java_subscriber(kit, tmp_path):
    number = kit.submit()
    subprocess.run(["protoc", f"-I{client_kit.ROOT}/proto", f"--java_out={tmp_path}", "whistle.proto"], check=True)
    shutil.copy(EXAMPLES / "Subscriber.java", tmp_path)
    classes = f"{JAR}:{tmp_path}"
    subprocess.run(["javac", "-encoding", "UTF-8", "-nowarn", "-cp", classes, "Subscriber.java",
                    "org/whistled/proto/WhistleProto.java"], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    command = ["java", "-Dfile.encoding=UTF-8", "-cp", classes, "Subscriber", "127.0.0.1", str(kit.port), "cg-bot", "cg",
               "wang", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "accept: ok" in done.stdout, done.stderr
    assert accepted(kit) == [(number, "cg", "wang")]
    assert kit.daemon.cursors["cg", "Subscriber.java"] == 3
