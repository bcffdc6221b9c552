"""A store takes 64 MiB of disk at least: what a test that passed has written goes at once."""
import shutil

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.passed = report.passed


@pytest.fixture
def tmp_path(tmp_path, request):
    yield tmp_path
    if getattr(request.node, "passed", False):
        shutil.rmtree(tmp_path, ignore_errors=True)
