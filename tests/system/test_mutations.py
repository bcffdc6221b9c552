"""A short run of tests/fuzz/mutate.py: nothing from the network ends, wedges or confuses the daemon."""
import os
import pathlib
import sys

import pytest

import daemon

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fuzz"))
import mutate  # noqa: E402

pytestmark = pytest.mark.skipif(not daemon.is_built(), reason="whistled is not built")

COUNT = int(os.environ.get("WHISTLED_MUTATIONS", "2000"))


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_requests_are_answered_or_closed(tmp_path, seed):
    with daemon.running(tmp_path) as d:
        answers = mutate.run(d.url, COUNT, seed)
        assert answers.get("ok", 0) > COUNT / 20, answers
        assert answers.get("malformed", 0) + answers.get("bad_text", 0) > COUNT / 20, answers
        assert "internal" not in answers and "io" not in answers and "no_memory" not in answers, answers
        assert d.ask("check")
        d.restart()
        assert d.json("status")
