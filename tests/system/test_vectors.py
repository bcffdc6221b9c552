"""proto/vectors, both ways: an independent encoder makes the same questions, the daemon gives the same answers."""
import re

import pytest

import daemon
import vectors
from speaker import pb


@pytest.mark.parametrize("name", vectors.questions())
def test_an_independent_encoder_makes_the_same_bytes(name):
    assert vectors.questions()[name] == vectors.read(name)


@pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")
def test_the_daemon_answers_to_the_byte(tmp_path):
    answers = vectors.answers(tmp_path)
    for name, data in answers.items():
        assert data == vectors.read(name), f"{name}: {data.hex(' ')}"


def test_the_recorded_answer_says_what_it_should():
    reply = pb.Reply.FromString(vectors.read("submit-reply"))
    assert (reply.code, reply.id, reply.now_ms) == ("ok", vectors.ID, vectors.SENT_MS)
    receipt = reply.receipt
    assert (receipt.number[:11], receipt.epoch, receipt.seq) == ("260213-0001", 1, 4)
    called = receipt.called[0]
    day = 24 * 3600 * 1000
    # by hand: 08:00 + 1 h; + 4 h of the morning; one day of 8 hours ends with its last slot, at 18:00
    assert [due - vectors.SENT_MS for due in (called.accept_due_ms, called.report_due_ms, called.resolve_due_ms)] == \
        [3600000, 4 * 3600000, 10 * 3600000] and day > 0
    refusal = pb.Reply.FromString(pb.Envelope.FromString(vectors.read("wrong-category-answer-frame-ipc")[13:]).plain)
    assert (refusal.code, refusal.field, list(refusal.arguments)) == ("unknown_category", "whistle.category", ["9999"])
    stranger = pb.Reply.FromString(pb.Envelope.FromString(vectors.read("stranger-answer-frame-ipc")[13:]).plain)
    assert stranger.code == "refused" and not stranger.field
    sealed = vectors.KEY.open(pb.Envelope.FromString(vectors.read("sealed-submit-answer-envelope")))
    assert (sealed.code, sealed.id) == ("ok", vectors.ID) and sealed.receipt.number == receipt.number


def test_suite_1_as_the_document_writes_it_gives_the_same_bytes():
    """The Python of proto/README.md, run as it stands."""
    text = (vectors.FOLDER.parent / "README.md").read_text()
    (program,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    names = {"key": vectors.KEY.secret, "key_id": "desk-1", "principal": "jia", "salt": vectors.SALT, "id": vectors.ID,
             "request": vectors.read("submit-request"),
             "answer": pb.Envelope.FromString(vectors.read("sealed-submit-answer-envelope"))}
    exec(program, names)
    assert names["sealed"] == pb.Envelope.FromString(vectors.read("sealed-submit-envelope")).sealed
    assert names["label"](0, "jia", "desk-1", vectors.ID) == vectors.read("sealed-submit-label")
    assert pb.Reply.FromString(names["reply"]).code == "ok"


def test_every_file_is_replayed():
    names = {path.stem for path in vectors.FOLDER.glob("*.hex")}
    told = (vectors.FOLDER / "README.md").read_text()
    answers = {"handshake-rep", "handshake-pub", "submit-answer-frame-ipc", "submit-reply",
               "wrong-category-answer-frame-ipc", "stranger-answer-frame-ipc", "sealed-submit-answer-envelope"}
    assert names == set(vectors.questions()) | answers
    assert all(f"`{name}`" in told for name in names)
