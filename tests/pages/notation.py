"""What a rule's page claims, read from its Markdown.

A section is a case when it shows a program:

- A block marked `python` is a file of the program; a line `` `helpers.py`: `` above it names it, else it is
  `main.py`. The program is run as `python main.py`; the line ``Run as `python -m app`.`` says otherwise. A file
  `.ipynb` is a notebook, shown as told in `cells.py`; its cells are run as a kernel does.
- A comment of carets below a line of code marks a finding in that line, as told in `carets.py`. It is part of
  what the page shows and not of the program.
- A table with the columns `start method`, `outcome` and perhaps `Python` says how the program ends; what may
  stand in its cells is told in `outcomes.py`.
- A block quote is the sentence and the help of a finding; there is one for each, in their order.

A case in which the page's own rule has a mark fails. What mends it is shown by the next section, when the
heading of that begins with "Fixed"; or the case says "The same quick fix mends it.", or "The same quick fix is
offered." where it is not safe; or "No quick fix:" and why, and then a next section that is "Fixed" was mended by
hand; or "The quick fix is only offered:" and why, and then it is this that gives the next section. A case without
marks that is not the fixed form of another one is a look-alike.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from cells import KERNEL, SUFFIX
from outcomes import Row, read_row

from carets import read_marks, without_marks
from spawnsafe.pages import Page, Section
from spawnsafe.source import Span

SAME_FIX = "The same quick fix mends it."
SAME_OFFERED = "The same quick fix is offered."
NO_FIX = "No quick fix:"
OFFERED = "The quick fix is only offered:"

_BLOCK = re.compile(r"(?:^`(?P<name>[^`\n]+)`:\n\n?)?^```python\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^Run as `python (.+)`\.$", re.MULTILINE)
_TABLE_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)
_QUOTE = re.compile(r"(?:^>.*\n?)+", re.MULTILINE)


class Role(Enum):
    """What a case is there for."""

    FAILING = "failing"
    FIXED = "fixed"
    LOOK_ALIKE = "look-alike"


@dataclass(frozen=True, order=True)
class Mark:
    """A finding that a page claims."""

    path: str
    span: Span
    code: str


@dataclass(frozen=True)
class Case:
    """A program on a page with everything that the page claims of it."""

    page: str
    heading: str
    role: Role
    files: dict[str, str]
    command: tuple[str, ...]
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]
    messages: tuple[str, ...]
    prose: str
    fixed: "Case | None" = None

    def __str__(self) -> str:
        """As the name of a test."""
        return f"{self.page}: {self.heading}"


def cases(page: Page) -> list[Case]:
    """Return a page's cases in their order."""
    found: list[Case] = []
    following: Case | None = None
    for section in reversed(page.sections):
        following = _case(page, section, following)
        if following:
            found.append(following)
    return found[::-1]


def _case(page: Page, section: Section, following: Case | None) -> Case | None:
    files: dict[str, str] = {}
    marks: list[Mark] = []
    for block in _BLOCK.finditer(section.text):
        path = block["name"] or "main.py"
        assert path not in files, f"{page.code}: {section.heading} shows {path} twice"
        files[path] = without_marks(block["text"])
        marks += (Mark(path, marked.span, marked.code) for marked in read_marks(block["text"]))
    if not files:
        return None
    prose = _FENCED.sub("", section.text)
    command = _COMMAND.search(prose)
    if any(mark.code == page.code for mark in marks):
        role = Role.FAILING
    else:
        role = Role.FIXED if section.heading.startswith("Fixed") else Role.LOOK_ALIKE
    return Case(
        page=page.code,
        heading=section.heading,
        role=role,
        files=files,
        command=tuple(command[1].split()) if command else _command(files),
        marks=tuple(marks),
        rows=tuple(_rows(prose)),
        messages=tuple(" ".join(quote.replace(">", " ").split()) for quote in _QUOTE.findall(prose)),
        prose=" ".join(prose.split()),
        fixed=following if role is Role.FAILING and following and following.role is Role.FIXED else None,
    )


def _command(files: Mapping[str, str]) -> tuple[str, ...]:
    notebook = next((path for path in files if path.endswith(SUFFIX)), None)
    return (str(KERNEL), notebook) if notebook else ("main.py",)


def _rows(prose: str) -> Iterator[Row]:
    table = [[cell.strip() for cell in row.split("|")] for row in _TABLE_ROW.findall(prose)]
    if table:
        header, ruler, *rows = table
        assert header in (["start method", "outcome"], ["start method", "outcome", "Python"]), header
        assert all(set(cell) == {"-"} for cell in ruler), ruler
        yield from (read_row(*row) for row in rows)
