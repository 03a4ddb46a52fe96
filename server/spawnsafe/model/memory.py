"""What the model has worked out, remembered; questions that lead back to themselves come to an end.

A question is asked while others are under way. Where it leads back to one of these, that one counts as not known for
the moment. What was worked out with such a gap holds only until the question that it leads back to is answered; that
answer itself is whole. (These are the strongly connected components of the graph of questions, found as Tarjan does.)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from spawnsafe.model.values import ANYTHING, Value

Values = tuple[Value, ...]

UNKNOWN: Values = (ANYTHING,)
_DEEPEST = 60
_BUDGET = 50_000
_MOST = 24
"""More values than these are as good as any."""

_WHOLE = 1 << 30


@dataclass
class Progress:
    """What is being worked out; shared by the modules of a project."""

    busy: dict[int, int] = field(default_factory=dict)
    """The questions under way, with how many there were before."""
    lowest: int = _WHOLE
    """The outermost question under way that the present answer leads back to; -1 if it was cut for its depth."""
    passing: dict[int, tuple[object, Values, int]] = field(default_factory=dict)
    """Answers with a gap, with what they lead back to."""
    budget: int = _BUDGET


class Memory:
    """What is known of the terms and bindings of one module, by identity."""

    def __init__(self, progress: Progress) -> None:
        self._known: dict[int, tuple[object, Values]] = {}
        self._progress = progress

    def answer(self, question: object, work_out: Callable[[], Iterable[Value]]) -> Values:
        """Return the answer to a question, worked out once."""
        key, progress = id(question), self._progress
        known = self._known.get(key)
        if known is not None:
            return known[1]
        passing = progress.passing.get(key)
        if passing is not None:
            progress.lowest = min(progress.lowest, passing[2])
            return passing[1]
        depth = len(progress.busy)
        if depth == 0:
            progress.budget = _BUDGET
        progress.budget -= 1
        if key in progress.busy or depth > _DEEPEST or progress.budget < 0:
            progress.lowest = min(progress.lowest, progress.busy.get(key, -1))
            return UNKNOWN
        return self._work_out(question, work_out, depth)

    def _work_out(self, question: object, work_out: Callable[[], Iterable[Value]], depth: int) -> Values:
        key, progress = id(question), self._progress
        around, progress.lowest = progress.lowest, _WHOLE
        earlier = len(progress.passing)
        progress.busy[key] = depth
        try:
            values = distinct(work_out())
        finally:
            del progress.busy[key]
            lowest, progress.lowest = progress.lowest, around
        if lowest >= depth or depth == 0:
            self._known[key] = (question, values)  # the question is kept alive: its identity is the key
            while len(progress.passing) > earlier:
                progress.passing.popitem()
        else:
            progress.passing[key] = (question, values, lowest)
            progress.lowest = min(around, lowest)
        return values


def distinct(values: Iterable[Value]) -> Values:
    """Return values in their order, each once; `Anything` stands for the rest of very many."""
    found = tuple(dict.fromkeys(values))
    return found if len(found) <= _MOST else (*found[:_MOST], ANYTHING)
