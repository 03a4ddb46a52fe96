from collections.abc import Callable
from pathlib import Path

import pytest
from user import User, at_home


@pytest.fixture
def user(tmp_path: Path, record_property: Callable[[str, object], None]) -> User:
    return at_home(tmp_path, record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was measured."""
    for report in terminalreporter.getreports("passed"):
        if report.when == "call" and report.user_properties:
            measured = ", ".join(f"{what} {value}" for what, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {measured}")
