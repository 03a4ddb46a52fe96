"""Parses the text of one block with libcst and finds where each node stands. Never crashes the process."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any

import libcst
from libcst._nodes.internal import CodegenState

from spawnsafe.syntax.facts import At


class Unparsable(Exception):  # noqa: N818 - it is not an error of ours
    """The text is not Python, or is nested too deeply to be read. `offset` is where, if that is known."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed block: its statements and the offsets of each node, by `id`, relative to the block's text."""

    module: libcst.Module
    spans: dict[int, At]


def parse(text: str) -> Tree:
    """Parse a run of whole statements that begin in column 0. Raises Unparsable."""
    if _is_long(text):
        raise Unparsable("too long to be analysed")
    if _weight(text) > _CAPACITY or _has_deep_pattern(text):
        raise Unparsable("too deeply nested to be analysed")
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


# --- the guard against deep nesting --------------------------------------------------------------------------

# libcst recurses on the C stack: about 8 kB for each bracket, 1 kB for each operator of a chain, call or
# attribute access (measured with `ulimit -s`: at 1 MB it dies between 100 and 200 brackets, between 200 and
# 1,000 operators). The smallest stack in use, of the main thread on Windows, is 2 MB.
_BRACKET, _OPERATOR, _CAPACITY = 8, 1, 900

_STEP = re.compile(
    r"""
      (?P<string> (?:[fFtT][rR]?|[rR][fFtT])? (?: \"{3} [^"\\]* (?: (?: \\[\s\S] | "(?!"") ) [^"\\]* )* \"{3}
                | '{3}  [^'\\]* (?: (?: \\[\s\S] | '(?!'') ) [^'\\]* )* '{3}
                | " [^"\\\r\n]* (?: \\[\s\S] [^"\\\r\n]* )* "
                | ' [^'\\\r\n]* (?: \\[\s\S] [^'\\\r\n]* )* ' ) )
    | (?P<comment> \#[^\r\n]* )
    | (?P<open> [(\[{] ) | (?P<close> [)\]}] )
    | (?P<reset> [,;:](?!=) | (?<![=<>!])=(?!=) )
    | (?P<newline> \r\n? | \n )
    | (?P<clause> \belif\b )
    | (?P<operator> [-+*/%@&|^~<>.]+ | \b(?:not|and|or|if|in|is|lambda|await|for)\b )
    """,
    re.VERBOSE,
)


_MOST_STEPS = 50_000
"""Brackets, operators, separators and line ends in one block. libcst takes 100 µs and several kB for each: only tables
of data are that long."""


def _is_long(text: str) -> bool:
    """Whether a text has more to parse than is worth the time. Linear."""
    return len(text) > _MOST_STEPS and next(islice(_STEP.finditer(text), _MOST_STEPS, None), None) is not None


# libcst takes 1.3 times as long for each bracket around a pattern, and 6 times for each brace: 8 braces take 0.1 s.
_DEEPEST_PATTERN = 20
_PATTERN_BRACKETS = {"(": 1, "[": 1, "{": 2.5, ")": -1, "]": -1, "}": -2.5}
_LONGEST_PATTERN = 10_000


def _has_deep_pattern(text: str) -> bool:
    """Whether a `case` has brackets so deep in each other that libcst would not come to an end. Linear."""
    for case in _CASE.finditer(text):
        depth = 0.0
        for match in _PATTERN_STEP.finditer(text, case.end(), case.end() + _LONGEST_PATTERN):
            if match.group() == "\n" and depth <= 0:
                break
            depth += _PATTERN_BRACKETS.get(match.group(), 0)
            if depth > _DEEPEST_PATTERN:
                return True
    return False


_CASE = re.compile(r"^[ \t\f]*case\b", re.MULTILINE)
_PATTERN_STEP = re.compile(r"[()\[\]{}\n]")


def _weight(text: str) -> int:
    """Estimate the stack, in kB, that parsing a text takes. Linear."""
    heaviest = clauses = 0
    chains = [0]
    for match in _STEP.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            chains[-1] += _OPERATOR
            chains.append(0)
        elif kind == "close":
            if len(chains) > 1:
                chains.pop()
        elif kind == "newline":
            if len(chains) == 1:
                chains[0] = 0
            continue
        elif kind == "reset":
            # a lambda's colon ends no chain
            if match.group() != ":" or chains[-1] == 0 or "lambda" not in text[match.start() - 80 : match.start()]:
                chains[-1] = 0
            continue
        elif kind == "clause":
            clauses += 4 * _OPERATOR
        elif kind == "operator":  # `--x` is two
            chains[-1] += _OPERATOR * (1 if match.group().isalpha() else len(match.group()))
        elif kind == "string":
            chains[-1] += _OPERATOR  # a neighbour to be concatenated, or nothing
            if match.group()[0] in "fFtTrR":
                heaviest = max(heaviest, _BRACKET * len(chains) + _weight_of_format(match.group()))
        else:
            continue
        if len(chains) > _CAPACITY // _BRACKET or chains[-1] > _CAPACITY // 2:
            return _CAPACITY + 1
        heaviest = max(heaviest, _BRACKET * len(chains) + chains[-1] + clauses)
    return heaviest


def _weight_of_format(string: str) -> int:
    depth = deepest = 0
    for character in _braces(string):
        depth = depth + 1 if character in "{[(" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return _BRACKET * deepest


def _braces(string: str) -> Iterator[str]:
    return (match.group() for match in re.finditer(r"[{}\[\]()]", string))


def children(node: Any) -> Iterator[libcst.CSTNode]:  # noqa: ANN401 - any libcst node
    """Yield the nodes directly inside a node, in the order of its fields."""
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, libcst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (item for item in value if isinstance(item, libcst.CSTNode))
