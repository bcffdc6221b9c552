"""libwhistle through the tool: attempts under one id, patience, new connections."""
import time


def ids(kit):
    return [r.id for r in kit.daemon.seen if r.WhichOneof("op") == "submit"]


def test_a_lost_answer_is_asked_for_again_under_the_same_id(kit):
    kit.daemon.drop = 1
    number = kit.submit(WHISTLE_TIMEOUT="4")  # an attempt takes a quarter of it
    assert number == "260213-0001-1" and len(kit.daemon.cases) == 1
    assert len(ids(kit)) == 2 and len(set(ids(kit))) == 1
    assert kit.daemon.connections >= 2, "a silent connection is given up"


def test_every_attempt_tells_its_own_time(kit):
    kit.daemon.drop = 2
    kit.submit(WHISTLE_TIMEOUT="4")
    sent = [r.sent_ms for r in kit.daemon.seen if r.WhichOneof("op") == "submit"]
    assert len(sent) == 3 and sent == sorted(set(sent))


def test_busy_is_waited_out(kit):
    kit.daemon.busy = 3
    started = time.monotonic()
    kit.submit()
    assert len(ids(kit)) == 4 and len(set(ids(kit))) == 1
    assert time.monotonic() - started > 0.09
    assert kit.daemon.connections == 1


def test_busy_beyond_the_deadline_is_kept(kit):
    kit.daemon.busy = 10 ** 6
    status, _, err = kit.run("submit", "--category", "0301", "--area", "420902001", "--title", "t", "--yes",
                             WHISTLE_TIMEOUT="1")
    assert status == 75 and "try again in 30 ms" in err


def test_a_daemon_that_starts_late_is_found(kit):
    kit.daemon.stop()
    process = kit.popen("list", WHISTLE_TIMEOUT="20")
    time.sleep(0.7)
    kit.start()
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def test_too_large_is_not_sent(kit):
    status, _, err = kit.run("submit", "--category", "0301", "--area", "420902001", "--title", "t", "--text",
                             "长" * 30000, "--yes")
    assert status == 1 and "the message" in err and not kit.daemon.seen


def test_no_answer_has_an_end(kit):
    kit.daemon.drop = 99
    started = time.monotonic()
    status, _, err = kit.run("list", WHISTLE_TIMEOUT="1")
    assert status == 1 and "no answer" in err and time.monotonic() - started < 5


def test_tcp_works_too(kit, tmp_path):
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    kit.daemon.stop()
    kit.url = f"tcp://127.0.0.1:{port}"
    kit.start()
    assert kit.submit() == "260213-0001-1"
    assert kit.run("list", "--url", "udp://x")[0] == 1
