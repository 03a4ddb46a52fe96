"""What an expression can be, as far as it can be known."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spawnsafe.model.methods import Chosen
from spawnsafe.model.names import Scope, Site
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.apis import Maker
    from spawnsafe.model.module import Module


@dataclass(frozen=True, slots=True)
class Value:
    """One of the things that an expression can be."""

    @property
    def depth(self) -> int:
        """How many values are around each other in it."""
        return 0


_DEEPEST = 8
"""What is deeper in a value is not known: a program can double what a name holds in each of its lines."""


@dataclass(frozen=True, slots=True)
class Anything(Value):
    """Not known."""


@dataclass(frozen=True, slots=True)
class Literal(Value):
    """A constant."""

    value: facts.Scalar


@dataclass(frozen=True, slots=True)
class Function(Value):
    """A function or lambda of the project, or what a decorator made of it that bears its name.

    `call` at `site` made it: by a decorator, or by running the function around its definition. They are None for
    what the definition itself makes.
    """

    scope: Scope
    call: facts.Call | None = None
    site: Site | None = None

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self.scope.kind is facts.ScopeKind.LAMBDA


@dataclass(frozen=True, slots=True)
class Class(Value):
    """A class of the project."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Instance(Value):
    """An instance of a class of the project; of a subclass perhaps, if it is a method's receiver (`is_self`)."""

    cls: Scope
    is_self: bool = False
    call: facts.Call | None = None
    """The call at `site` that made it, if that is known."""
    site: Site | None = None
    given_by: tuple[Scope, ...] = field(default=(), compare=False)
    """The methods of it that returned it, in the order in which they were called."""


@dataclass(frozen=True, slots=True)
class Product(Value):
    """What a call of something outside the project gave, by the dotted name of what was called.

    What a method of a product gave has `()` in its name: `sqlite3.connect().cursor`. `methods` are as in Workers.
    """

    name: str
    call: facts.Call
    site: Site
    methods: Chosen = None


@dataclass(frozen=True, slots=True)
class Generator(Value):
    """What a call of a generator function gave; `offset` parameters are filled by its receiver."""

    scope: Scope
    call: facts.Call
    site: Site
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Coroutine(Value):
    """What a call of an `async def` gave, as for Generator."""

    scope: Scope
    call: facts.Call
    site: Site
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Inherited(Value):
    """`super()` in a method of a class."""

    cls: Scope


@dataclass(frozen=True, slots=True)
class Method(Value):
    """A function bound to an instance, or to a class by `classmethod`."""

    function: Function
    receiver: Instance | Class


@dataclass(frozen=True, slots=True)
class Partial(Value):
    """A `functools.partial` of a function."""

    function: Value
    call: facts.Call
    site: Site
    depth: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.function.depth >= _DEEPEST:
            object.__setattr__(self, "function", ANYTHING)
        object.__setattr__(self, "depth", self.function.depth + 1)


@dataclass(frozen=True, slots=True)
class Namesake(Value):
    """A function that bears the name of whatever is passed for a parameter, as `functools.wraps` makes it."""

    of: "Parameter"


@dataclass(frozen=True, slots=True)
class MadeClass(Value):
    """A class that a call makes and names by a string, such as `namedtuple("Point", "x y")`."""

    name: str
    call: facts.Call
    site: Site
    has_members: bool = False
    """Whether its attributes are its instances, as those of an `Enum` are."""


@dataclass(frozen=True, slots=True)
class MadeInstance(Value):
    """An instance of such a class; `call` at `site` made it, None for a member of an `Enum`."""

    cls: MadeClass
    call: facts.Call | None = None
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class External(Value):
    """A module, class or function outside the project, by its dotted name; `builtins.` for a builtin."""

    name: str


@dataclass(frozen=True, slots=True)
class ProjectModule(Value):
    """A module of the project."""

    module: "Module"


@dataclass(frozen=True, slots=True)
class Loaded(Value):
    """What a module or namespace that the program makes at run time has under a name, or an instance of that class."""

    origin: Product
    name: str
    is_instance: bool = False


@dataclass(frozen=True, slots=True)
class Parameter(Value):
    """Whatever is passed for a parameter of a function, or for a field of a class, or what `path` leads to in it.

    `item` is the position in a parameter with one star, or the key in one with two; without it such a parameter
    stands for any of what is in it. A path is made of the names of attributes, of `[]` for an item and of `[0]` for
    that item.
    """

    scope: Scope
    index: int
    item: int | str | None = None
    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.scope.parameters[self.index].name


@dataclass(frozen=True, slots=True)
class Items(Value):
    """A display, or something that iterates over one: terms with the site where they are evaluated.

    `kind` is list, tuple, set, dict, generator or view (of a dict). `keys` stand beside the items of a dict.
    """

    kind: str
    items: tuple[facts.Term, ...]
    site: Site
    keys: tuple[facts.Term | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(Value):
    """A tuple whose columns are known by value, such as one that `enumerate` gives.

    The columns of a record have names.
    """

    columns: tuple[tuple[Value, ...], ...]
    names: tuple[str, ...] = ()
    depth: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if max(map(_deepest, self.columns), default=0) >= _DEEPEST:
            object.__setattr__(self, "columns", ((ANYTHING,),) * len(self.columns))
        object.__setattr__(self, "depth", max(map(_deepest, self.columns), default=0) + 1)


@dataclass(frozen=True, slots=True)
class Many(Value):
    """Something that iterates over elements known by value; `sources` are the iterators that it draws them from."""

    elements: tuple[Value, ...]
    sources: tuple[Value, ...] = ()
    depth: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if _deepest((*self.elements, *self.sources)) >= _DEEPEST:
            object.__setattr__(self, "elements", (ANYTHING,))
            object.__setattr__(self, "sources", ())
        object.__setattr__(self, "depth", _deepest((*self.elements, *self.sources)) + 1)


@dataclass(frozen=True, slots=True)
class Context(Value):
    """A multiprocessing context, or the `multiprocessing` module itself (`methods` is None)."""

    methods: Chosen


@dataclass(frozen=True, slots=True)
class ContextMember(Value):
    """An attribute of a context, such as its `Pool`."""

    methods: Chosen
    name: str


@dataclass(frozen=True, slots=True)
class Workers(Value):
    """A pool, executor, process or manager: something that has, or will have, worker processes.

    `methods` are those its context was chosen for, None if it takes the program's default. `call` at `site`
    made it; both are None where only an annotation says what it is.
    """

    maker: "Maker"
    methods: Chosen
    call: facts.Call | None
    site: Site | None
    cls: Scope | None = None
    """The project's own subclass, if it is of one."""


@dataclass(frozen=True, slots=True)
class WorkersMethod(Value):
    """A method of workers that is not called at once, such as the `pool.map` of `mapper = pool.map`."""

    workers: Workers
    name: str


@dataclass(frozen=True, slots=True)
class Channel(Value):
    """A queue between processes, in a context as for Workers."""

    methods: Chosen
    call: facts.Call
    site: Site


@dataclass(frozen=True, slots=True)
class MakerClass(Value):
    """A class or function that makes workers, such as `multiprocessing.Pool`."""

    maker: "Maker"
    methods: Chosen


@dataclass(frozen=True, slots=True, eq=False)
class Known(facts.Term):
    """A term that is not in the text: it stands for what a term with a star, which is at its place, holds."""

    values: tuple[Value, ...]


ANYTHING = Anything()


def _deepest(values: Iterable[Value]) -> int:
    return max((value.depth for value in values), default=0)
