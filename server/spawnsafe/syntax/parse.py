"""Parses the text of one block with libcst and finds where each node stands. Never crashes the process."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import libcst
from libcst._nodes.internal import CodegenState

from spawnsafe.syntax.facts import At
from spawnsafe.syntax.limits import Unparsable, guard


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed block: its statements and the offsets of each node, by `id`, relative to the block's text."""

    module: libcst.Module
    spans: dict[int, At]


def parse(text: str) -> Tree:
    """Parse a run of whole statements that begin in column 0. Raises Unparsable."""
    guard(text)
    # libcst gives back a lone CR as LF and drops a form feed: both become characters it keeps, of equal length.
    plain = _LONE_CR.sub("\n", text).replace("\x0c", " ")
    try:
        module = libcst.parse_module(plain)
        state = _Positions(module.default_indent, module.default_newline)
        module._codegen(state)  # noqa: SLF001 - how libcst's own position provider does it
    except libcst.ParserSyntaxError as error:
        raise _unparsable(plain, error.message) from None
    except RecursionError:
        raise Unparsable("too deeply nested to be analysed") from None
    except Exception as error:  # noqa: BLE001 - libcst has raised many types for odd input
        raise Unparsable(f"not understood ({type(error).__name__})") from None
    if "".join(state.tokens) != plain:
        raise Unparsable("not understood (the parser changes it)")
    return Tree(module, state.spans)


_LONE_CR = re.compile(r"\r(?!\n)")


_ERROR = re.compile(r"(?:parser|tokenizer) error: (?:error at (\d+):(\d+): )?(.*)")


def _unparsable(text: str, message: str) -> Unparsable:
    """Turn libcst's message, with the line and column past the token it stumbled over, into ours."""
    match = _ERROR.match(message.strip())
    if match is None:
        return Unparsable("invalid syntax")
    if match[1] is None:
        return Unparsable(match[3])
    lines = text.splitlines(keepends=True)
    line = min(int(match[1]) - 1, len(lines))
    offset = sum(map(len, lines[:line])) + max(0, int(match[2]) - 2)
    is_indent = match[3].strip() == "expected INDENT"
    return Unparsable("expected an indented block" if is_indent else "invalid syntax", min(offset, len(text)))


# --- positions --------------------------------------------------------------------------------------------


@dataclass
class _Positions(CodegenState):
    """Writes a tree out again, counting code points, and notes the syntactic extent of each node."""

    offset: int = 0
    spans: dict[int, At] = field(default_factory=dict)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def pop_trailing_newline(self) -> None:
        if self.tokens:
            self.offset -= len(self.tokens.pop())

    def record_syntactic_position(  # type: ignore[override]  # any context manager will do
        self,
        node: libcst.CSTNode,
        *,
        start_node: libcst.CSTNode | None = None,
        end_node: libcst.CSTNode | None = None,
    ) -> AbstractContextManager[None]:
        return _Recording(self, node, start_node, end_node)


@dataclass(slots=True)
class _Recording(AbstractContextManager[None]):
    """Notes the extent of a node; a plain class, since a generator would cost as much as the rest."""

    state: _Positions
    node: libcst.CSTNode
    start_node: libcst.CSTNode | None
    end_node: libcst.CSTNode | None
    start: int = 0

    def __enter__(self) -> None:
        self.start = self.state.offset

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spans = self.state.spans
        start, end = self.start, self.state.offset
        if self.start_node is not None:
            start = spans.get(id(self.start_node), (start, end))[0]
        if self.end_node is not None:
            end = spans.get(id(self.end_node), (start, end))[1]
        spans[id(self.node)] = (start, end)


def children(node: Any) -> Iterator[libcst.CSTNode]:  # noqa: ANN401 - any libcst node
    """Yield the nodes directly inside a node, in the order of its fields."""
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, libcst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (item for item in value if isinstance(item, libcst.CSTNode))
