"""What several test files begin with."""
import pytest

import client_kit


@pytest.fixture
def kit(tmp_path):
    """The client tool, and a stand-in for the daemon that it asks."""
    kit = client_kit.Kit(tmp_path)
    kit.start()
    yield kit
    kit.stop()
