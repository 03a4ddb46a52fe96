"""What rules say: plain frozen data, the same for every shell."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from spawnsafe.model import EVERYWHERE, StartMethods, Trouble, When
from spawnsafe.source import Edit, Span


class Kind(Enum):
    """What sort of thing a rule reports."""

    MISTAKE = "mistake"
    """The program fails, hangs or loses something."""
    ADVICE = "advice"
    """The program runs, and wastes or risks something."""


@dataclass(frozen=True, slots=True)
class Note:
    """One more place that belongs to a finding, with one sentence about it."""

    message: str
    path: Path
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake at one place.

    `problem` is a sentence: subject, fact, consequence, when. `help` is one imperative act, the same as the
    quick fix. Neither has line numbers, so that a baseline survives shifted lines.

    `trouble` is what one sees of it, except under the start methods of `otherwise`.
    """

    span: Span
    problem: str
    help: str
    when: When = EVERYWHERE
    notes: tuple[Note, ...] = ()
    kind: Kind | None = None
    """What this one is, if not what the rule says it is."""
    trouble: Trouble = Trouble.FAILS
    otherwise: tuple[tuple[StartMethods, Trouble], ...] = ()

    def trouble_under(self, method: StartMethods) -> Trouble:
        """Return what one sees of it under a start method, or under the one that the program chooses instead."""
        return dict(self.otherwise).get(self.when.chosen or method, self.trouble)


@dataclass(frozen=True, slots=True)
class FileEdit:
    """An edit in a named file; the span is that of the file before any edit of the same fix."""

    path: Path
    edit: Edit


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair: a title of about five words and the edits it makes.

    A safe fix leaves a program that keeps its meaning and runs under every start method; others are only
    offered, never applied unasked.
    """

    title: str
    edits: tuple[FileEdit, ...]
    safe: bool
