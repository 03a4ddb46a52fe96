"""While somebody types, reports that were only moved say what a check of the same text says."""

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lsprotocol import types

from spawnsafe.check import check
from spawnsafe.lsp.analysis import Analysis
from spawnsafe.lsp.client import Client
from spawnsafe.lsp.configuration import Configuration
from spawnsafe.lsp.convert import Codec
from spawnsafe.lsp.documents import Snapshot
from spawnsafe.lsp.report import Report
from spawnsafe.rules import all_rules

PATH = Path("/nowhere/typing/main.py")
ORDINARY = """
def plain(line, *rest):
    # what it does
    text = line.strip()
    for each in rest:
        text += each.upper()
    return text


class Shelf:
    size = 3

    def room(self, taken):
        left = self.size - taken
        return max(left, 0)  # never less

"""
PIECES = (
    *(" ", "\n", "\n\n", "    ", "x", "0", "(", ")", '"', "#", "# a note\n", "    # inside\n", "\t", "\r\n", "\\"),
    *("import threading\n", "    global LIMIT\n", "    yield 1\n", "    plain.ready = 1\n", "lock = Lock()\n"),
    *("    with Pool(2) as pool:\n        pool.map(lambda item: item, range(3))\n", "    return lambda: 0\n"),
    *("    def inner():\n        pass\n", "    work = None\n", "# spawnsafe: ignore\n", "    items.append(text)\n"),
)


def _programs() -> list[str]:
    pages = [rule.page.read_text(encoding="utf-8") for rule in all_rules()]
    return [text for page in pages for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL)]


class Editor:
    """One document, edited."""

    def __init__(self, text: str) -> None:
        codec = Codec(types.PositionEncodingKind.Utf16)
        self._analysis = Analysis(Client(), codec, print)
        self.text = text

    def report(self) -> Report:
        snapshot = Snapshot(PATH.as_uri(), 1, PATH, self.text)
        self._analysis.sync({PATH: snapshot}, Configuration())
        report = self._analysis.report(PATH)
        assert report is not None
        return report

    def replace(self, at: float, length: int, text: str, *, whole_lines: bool) -> None:
        start = int(at * len(self.text))
        if whole_lines:
            start = self.text.rfind("\n", 0, start) + 1
        self.text = self.text[:start] + text + self.text[start + length :]


EDITS = st.tuples(
    st.floats(0, 1, exclude_max=True), st.sampled_from((0, 0, 0, 1, 2, 9, 40)), st.sampled_from(PIECES), st.booleans()
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(_programs()), min_size=1, max_size=2).flatmap(
        lambda texts: st.permutations([ORDINARY, *texts])
    ),
    st.lists(EDITS, min_size=1, max_size=8),
)
def test_what_is_reported_is_what_a_check_finds(programs: list[str], edits: list[tuple[float, int, str, bool]]) -> None:
    editor = Editor("\n\n".join(programs))
    editor.report()
    for at, length, text, whole_lines in edits:
        editor.replace(at, length, text, whole_lines=whole_lines)
        report = editor.report()
        assert report.diagnostics == check(report.module, report.settings.policy(PATH))
