import replay_kit


def pytest_terminal_summary(terminalreporter):
    """The figures are the point of these tests: they stand in every run's output."""
    if replay_kit.said:
        terminalreporter.section("replays of real records")
        for line in replay_kit.said:
            terminalreporter.write_line(line)
