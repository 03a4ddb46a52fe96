"""The lowered form of a block: what the model reads instead of trees.

A scope (module, class, function, lambda, comprehension) is a list of events in the order of the text, each in a
region (a branch, a loop, a `with`, a part of a `try`). Expressions are terms; what is not understood is an
`Opaque` term, which still holds the terms inside it. Everything is small, immutable and made of plain data.

Facts are equal only to themselves. A place (`At`) is a pair of 0-based offsets, in code points, relative to the
text of the block.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

At: TypeAlias = tuple[int, int]

Scalar: TypeAlias = str | bytes | int | float | complex | bool | None


# --- terms: what an expression is -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An expression; `at` leaves out parentheses around it."""

    at: At


@dataclass(frozen=True, slots=True, eq=False)
class Name(Term):
    """A name that is read."""

    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Term):
    """`value.name`; `name_at` is the place of the name alone."""

    value: Term
    name: str
    name_at: At


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """An argument of a call; `stars` is 1 for `*value`, 2 for `**value`."""

    value: Term
    keyword: str | None = None
    stars: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Call(Term):
    """A call."""

    function: Term
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lambda(Term):
    """A lambda; its body is the one return of the scope."""

    scope: "Scope"


@dataclass(frozen=True, slots=True, eq=False)
class Definition(Term):
    """What a `def` or `class` statement makes, before any decorator."""

    scope: "Scope"


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Term):
    """A comprehension or generator expression (`kind` is list, set, dict or generator)."""

    kind: str
    scope: "Scope"
    elements: tuple[Term, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Display(Term):
    """A tuple, list, set or dict display; `keys` stands beside `items` for a dict, None where `**` is."""

    kind: str
    items: tuple[Term, ...]
    keys: tuple[Term | None, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Term):
    """A literal number, string (concatenated), bytes, True, False or None."""

    value: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Term):
    """`body if test else orelse`."""

    test: Term
    body: Term
    orelse: Term


@dataclass(frozen=True, slots=True, eq=False)
class Logical(Term):
    """`left and right`, `left or right`."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True, eq=False)
class Not(Term):
    """`not value`."""

    value: Term


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Term):
    """`left operator right`; a chain is Opaque."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True, eq=False)
class Subscript(Term):
    """`value[index]`."""

    value: Term
    index: Term


@dataclass(frozen=True, slots=True, eq=False)
class Starred(Term):
    """`*value` in a display."""

    value: Term


@dataclass(frozen=True, slots=True, eq=False)
class Awaited(Term):
    """`await value`."""

    value: Term


@dataclass(frozen=True, slots=True, eq=False)
class Walrus(Term):
    """`name := value`; the binding is an event of its own."""

    name: str
    value: Term


@dataclass(frozen=True, slots=True, eq=False)
class Opaque(Term):
    """Anything else, with the terms inside it."""

    parts: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Combined(Opaque):
    """`left operator right`, with both as parts."""

    operator: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Formatted(Opaque):
    """An f-string, or strings side by side with one among them."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Opaque):
    """`start:stop:step` as an index."""


# --- sources: where a bound value comes from ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """The value of a term; `path` leads into it where a tuple is unpacked, outermost index first."""

    term: Term
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Augmented(Assigned):
    """The value of `target += value` and the like; the term combines both."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element of an iterable term (a `for` target); `path` as in Assigned."""

    term: Term
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """What a context manager gives (`with term as name`)."""

    term: Term


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """`import module` or `from module import name`; `level` counts the leading dots.

    `import a.b` binds `a` and has `module="a"`, `submodule="a.b"`.
    """

    module: str
    name: str | None = None
    level: int = 0
    submodule: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Defined:
    """A `def` or `class` statement."""

    scope: "Scope"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A parameter of the scope, by its index in `Scope.parameters`."""

    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A binding whose value is not followed: `except … as`, `match` captures, `del`."""

    deleted: bool = False


Source: TypeAlias = Assigned | Element | Entered | Imported | Defined | Given | Unknown


# --- events: what a scope does, in order -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that a scope does. `statement` is the place of the innermost whole statement."""

    at: At
    statement: At
    region: int


@dataclass(frozen=True, slots=True, eq=False)
class Bind(Event):
    """Binds a name; `at` is the place of the name."""

    name: str
    source: Source
    annotation: Term | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Store(Event):
    """Assigns to an attribute or an item."""

    target: Term
    source: Source


@dataclass(frozen=True, slots=True, eq=False)
class Evaluate(Event):
    """Evaluates a term for its effect or as a condition."""

    term: Term


@dataclass(frozen=True, slots=True, eq=False)
class Return(Event):
    """Returns a value (None: a bare `return`)."""

    term: Term | None


@dataclass(frozen=True, slots=True, eq=False)
class Yield(Event):
    """Yields a value, or from one."""

    term: Term | None
    delegated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Raise(Event):
    """Raises."""

    term: Term | None


@dataclass(frozen=True, slots=True, eq=False)
class Declare(Event):
    """`global` (or, if not `is_global`, `nonlocal`) declares names."""

    names: tuple[str, ...]
    is_global: bool


@dataclass(frozen=True, slots=True, eq=False)
class Invoke(Event):
    """A call stands here; inner calls come before outer ones. Every call of the scope is one of these."""

    call: Call


class Ending(Enum):
    """What stands at the end of a region that control does not run out of."""

    NONE = ""
    BREAK = "break"
    """`break`."""
    LOOP = "loop"
    """`continue`; or some of its ends leave one way, some another."""
    SCOPE = "scope"
    """`return`, `raise`, or a call that exits."""


class Flow(Enum):
    """How a region is entered and left."""

    BODY = "body"
    """The scope's own outermost region."""
    BRANCH = "branch"
    """One of several that exclude each other: `if`, `else`, `case`, the arms of `and`, `or`, `… if … else …`."""
    LOOP = "loop"
    """Runs any number of times."""
    TRY = "try"
    """The body of a `try`, with its `else`."""
    HANDLER = "handler"
    """An `except` clause."""
    ALWAYS = "always"
    """Runs whenever the region around it does: `with`, `finally`."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of a scope. Region 0 is its outermost, and its own parent.

    `group` is shared by the parts of one statement; `exhaustive` says that one of the branches of the group
    surely runs. `subject` is the condition of a branch (taken if it is true, or false if not `sense`), the
    context manager of a `with`, the iterable of a loop, what an `except` clause names. `events` are the indices
    of its first event and one past its last.
    """

    parent: int
    group: int
    flow: Flow
    at: At
    subject: Term | None = None
    sense: bool = True
    exhaustive: bool = False
    ending: Ending = Ending.NONE
    events: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter; `stars` is 1 for `*args`, 2 for `**kwargs`."""

    name: str
    at: At
    default: Term | None = None
    annotation: Term | None = None
    stars: int = 0
    keyword_only: bool = False
    positional_only: bool = False


class ScopeKind(Enum):
    """What a scope is."""

    SUITE = "suite"
    """A run of statements of a module or class, as one block holds it."""
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A scope and all that stands in it.

    `at` is the whole of it, from its first decorator to its last statement; `name_at` the name in the header;
    `header_at` the `def` or `class` statement without its decorators.
    """

    kind: ScopeKind
    name: str
    at: At
    name_at: At
    header_at: At
    parameters: tuple[Parameter, ...] = ()
    decorators: tuple[Term, ...] = ()
    bases: tuple[Argument, ...] = ()
    returns: Term | None = None
    events: tuple[Event, ...] = ()
    regions: tuple[Region, ...] = ()
    scopes: tuple["Scope", ...] = ()
    names: tuple[Name, ...] = field(default=(), repr=False)
    """Every name read directly in this scope."""
    mentions: frozenset[str] = frozenset()
    """What tells whether a scope can matter, without going through its events.

    `f` for each call of a plain name, `.f` for each call of an attribute, `.f=` for each attribute assigned to,
    `=f` for each plain name or attribute that is bound to another name, `[]=` if it assigns to an item, `import` if
    it imports.
    """
    bound: frozenset[str] = frozenset()
    """The names that it binds."""
    declared_global: frozenset[str] = frozenset()
    declared_nonlocal: frozenset[str] = frozenset()
    is_async: bool = False
    is_generator: bool = False
    order: int = 0
    """How many events of the scope around it come before its definition."""
    region: int = 0
    """The region of the scope around it in which it is defined."""
