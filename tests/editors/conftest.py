from pathlib import Path

import pytest
from user import MEASURED, User, at_home


@pytest.fixture
def user(tmp_path: Path) -> User:
    return at_home(tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in MEASURED:
        terminalreporter.write_line(line)
