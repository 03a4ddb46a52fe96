"""Blocks in the order of a text; those below an edit are moved when somebody asks for them.

What an edit costs must not grow with what stands below it, and while somebody types in one place nobody asks.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload


class _Movable(Protocol):
    @property
    def start(self) -> int: ...

    def moved(self, by: int) -> Any: ...  # noqa: ANN401 - whatever it is itself


B = TypeVar("B", bound=_Movable)


class Row(Sequence[B], Generic[B]):
    """A tuple of blocks, of which the last can still have to be moved: those from index `first`, by `by`."""

    __slots__ = ("_blocks", "_by", "_first")

    def __init__(self, blocks: Iterable[B], first: int = 0, by: int = 0) -> None:
        self._blocks = tuple(blocks)
        self._first, self._by = first if by else len(self._blocks), by

    def __len__(self) -> int:
        return len(self._blocks)

    @overload
    def __getitem__(self, index: int) -> B: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[B, ...]: ...

    def __getitem__(self, index: int | slice) -> B | tuple[B, ...]:
        """Return a block, or several, where they are."""
        return self._placed()[index]

    def __iter__(self) -> Iterator[B]:
        return iter(self._placed())

    def __reversed__(self) -> Iterator[B]:
        return reversed(self._placed())

    @property
    def unplaced(self) -> tuple[B, ...]:
        """The blocks, for whoever does not ask where they are."""
        return self._blocks

    def start(self, index: int) -> int:
        """Return where a block starts."""
        return self._blocks[index].start + (self._by if index >= self._first else 0)

    def starting_before(self, offset: int) -> int:
        """Return how many blocks start before an offset."""
        return bisect_left(range(len(self)), offset, key=self.start)

    def between(self, first: int, stop: int) -> tuple[B, ...]:
        """Return some of the blocks where they are; those below stay as they are."""
        return tuple(self._at(index) for index in range(first, stop))

    def replaced(self, first: int, stop: int, new: Sequence[B], longer: int) -> "Row[B]":
        """Return a row with new blocks in place of some, and those below them moved."""
        late = max(stop, self._first) if self._by else stop
        above = (*self._blocks[: min(first, self._first)], *self.between(self._first, first))
        placed = (*above, *new, *(block.moved(longer) for block in self.between(stop, late)))
        return Row((*placed, *self._blocks[late:]), len(placed), self._by + longer)

    def _at(self, index: int) -> B:
        block = self._blocks[index]
        moved: B = block.moved(self._by) if index >= self._first else block
        return moved

    def _placed(self) -> tuple[B, ...]:
        if self._by:
            self._blocks, self._first, self._by = self.between(0, len(self)), len(self), 0
        return self._blocks
