"""whistle watch --for: printing, running a command, retries, order within a case, the record, the cursor."""
import json
import signal
import time


from fake_daemon import pb


def cursor(kit, consumer="watch", recipient="cg"):
    return kit.daemon.cursors[recipient, consumer]


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_prints_acknowledges_and_goes_on(kit):
    number = kit.submit()
    out = kit.good("watch", "--for", "cg", "--once")
    assert len(out.splitlines()) == 2 and "filed" in out and number in out
    assert cursor(kit) == 2
    assert kit.good("watch", "--for", "cg", "--once") == ""
    kit.good("accept", number)
    items = [json.loads(line) for line in kit.good("watch", "--for", "cg", "--once", "--json").splitlines()]
    assert [i["happening"]["event"]["kind"] for i in items] == ["accepted"]
    assert len(kit.good("watch", "--for", "cg", "--once", "--consumer", "other").splitlines()) == 3


def test_long_poll_wakes_at_once(kit):
    process = kit.popen("watch", "--for", "cg", "--exec", f"cat >> {kit.directory}/seen")
    until(lambda: kit.daemon.count("fetch") == 1)
    kit.submit()
    until(lambda: cursor(kit) == 2, 5)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 0 and "Sanitizer" not in err, err
    text = (kit.directory / "seen").read_text()
    assert text.count('"kind":"filed"') == 1 and text.count('"kind":"dispatched"') == 1


def test_exec_gets_the_event_and_the_environment(kit):
    number = kit.submit()
    kit.good("watch", "--for", "cg", "--once", "--exec",
             f"cat > {kit.directory}/event.$WHISTLE_SEQ; echo $WHISTLE_NUMBER $WHISTLE_EVENT $WHISTLE_TRY "
             f">> {kit.directory}/environment")
    assert json.loads((kit.directory / "event.1").read_text())["happening"]["event"]["number"] == number
    assert (kit.directory / "environment").read_text() == f"{number} filed 1\n{number} dispatched 1\n"
    assert cursor(kit) == 2


def test_failing_case_holds_up_itself_only(kit):
    first, second = kit.submit("一"), kit.submit("二")
    log = kit.directory / "log"
    # the first try of the first case's first event fails
    script = (f'echo "$WHISTLE_SEQ $WHISTLE_TRY" >> {log}; '
              f'[ "$WHISTLE_SEQ" != 1 ] || [ "$WHISTLE_TRY" != 1 ]')
    kit.good("watch", "--for", "cg", "--once", "--jobs", "2", "--exec", script)
    order = log.read_text().split("\n")[:-1]
    assert sorted(order) == ["1 1", "1 2", "2 1", "3 1", "4 1"]
    assert order.index("1 2") > order.index("3 1"), "the second case did not wait"
    assert order.index("4 1") < order.index("1 2"), "nor did its second event"
    assert order.index("2 1") > order.index("1 2"), "the first case kept its order"
    assert cursor(kit) == 4 and first != second


def test_the_cursor_stays_before_what_is_not_done(kit):
    kit.submit("一")
    kit.submit("二")
    process = kit.popen("watch", "--for", "cg", "--exec", '[ "$WHISTLE_SEQ" != 3 ]')
    until(lambda: cursor(kit) == 2)
    time.sleep(0.5)
    assert cursor(kit) == 2
    process.kill()
    process.communicate()
    out = kit.good("watch", "--for", "cg", "--once", "--json")
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [3, 4]


def test_after_its_tries_it_is_undelivered(kit):
    number = kit.submit()
    status, _, err = kit.run("watch", "--for", "cg", "--once", "--tries", "2", "--exec", "exit 3")
    assert status == 0 and "ended with status 3" in err
    acts = kit.daemon.acts(pb.VERB_UNDELIVERED)
    assert [(a.number, a.target, a.seq, a.means, a.tries) for a in acts] == \
           [(number, "cg", seq, "exec", 2) for seq in (1, 2)]
    assert not kit.daemon.acts(pb.VERB_DELIVERED)
    assert cursor(kit) >= 2


def test_contacts_deliveries_are_on_record_and_do_not_echo(kit):
    number = kit.submit()
    kit.good("watch", "--for", "cg", "--contact", "A", "--means", "sms", "--once", "--exec", "true")
    acts = kit.daemon.acts(pb.VERB_DELIVERED)
    assert [(a.number, a.target, a.seq, a.means, a.tries) for a in acts] == \
           [(number, "cg/A", 1, "sms", 1), (number, "cg/A", 2, "sms", 1)]
    # the events about these deliveries are handed on as well, but not reported again
    kit.good("watch", "--for", "cg", "--contact", "A", "--means", "sms", "--once", "--exec", "true")
    assert cursor(kit, recipient="cg/A") == 4 and len(kit.daemon.acts(pb.VERB_DELIVERED)) == 2


def test_a_command_that_hangs_is_killed(kit):
    kit.submit()
    started = time.monotonic()
    kit.run("watch", "--for", "cg", "--once", "--tries", "1", "--exec-timeout", "1", "--exec", "sleep 60")
    assert len(kit.daemon.acts(pb.VERB_UNDELIVERED)) == 2 and time.monotonic() - started < 20


def test_refused_record_does_not_block(kit):
    kit.submit()
    kit.daemon.refuse_verbs["undelivered"] = "not_allowed"
    status, _, err = kit.run("watch", "--for", "cg", "--once", "--tries", "1", "--exec", "false")
    assert status == 0 and "is not allowed" in err and cursor(kit) == 2


def test_a_restored_store_begins_again(kit):
    kit.submit()
    fetch = kit.daemon.fetch
    calls = []

    def changed(op):
        calls.append((op.epoch, op.after))
        if len(calls) == 2:
            raise __import__("fake_daemon").Refusal("epoch_changed", "0")
        return fetch(op)

    kit.daemon.fetch = changed
    status, _, err = kit.run("watch", "--for", "cg", "--once")
    assert status == 0 and "restored" in err
    assert calls[0] == (0, 0) and calls[1] == (1, 2) and calls[2] == (0, 0)


def test_an_area_is_remembered_here(kit):
    kit.submit()
    assert len(kit.good("watch", "--area", "420902", "--once").splitlines()) == 2
    assert kit.good("watch", "--area", "420902", "--once") == ""
    assert kit.daemon.count("ack") == 0
    assert (kit.directory / "state/whistle/watch-420902-watch").read_text() == "1 2\n"


def test_wrong_use(kit):
    assert kit.run("watch")[0] == 2
    assert kit.run("watch", "260213-0001-1", "--for", "cg")[0] == 2
    assert kit.run("watch", "--contact", "A")[0] == 2
    assert kit.run("watch", "--for", "cg", "--tries", "0")[0] == 2
