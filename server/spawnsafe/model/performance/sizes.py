"""How many items there are, and how many bytes pickle writes of them, as far as the text of a program tells.

None says that it does not. A number that is given holds in any run that comes to the place asked for: of two branches
the smaller one counts, and what callers pass for a parameter must be known of each of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod

from spawnsafe.model.flow import evaluate, passed_terms, resolve, stores
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import calls_to
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import External, Function, Instance, Literal, Parameter
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

_DEEPEST = 12
_MOST = 1 << 62
"""Larger numbers do not count anything."""

_AS_THEY_ARE = frozenset(
    {
        *(f"builtins.{name}" for name in ("list", "tuple", "sorted", "reversed", "iter", "enumerate")),
        *(f"tqdm.{name}" for name in ("tqdm", "tqdm.tqdm", "auto.tqdm", "trange", "std.tqdm", "notebook.tqdm")),
        *(f"numpy.{name}" for name in ("array", "asarray", "random.permutation")),
        *(f"copy.{name}" for name in ("copy", "deepcopy")),
        "random.shuffle",
    }
)
"""Calls that give as many items as they are given."""

_ENDLESS = frozenset({"itertools.repeat", "itertools.count", "itertools.cycle"})

_SHAPED = frozenset(
    f"numpy.{name}" for name in ("zeros", "ones", "empty", "full", "random.random", "random.random_sample")
)
"""Calls that make arrays of the shape that is their first argument."""

_SHAPED_BY_ALL = frozenset({"numpy.random.rand", "numpy.random.randn"})
"""Those of which each argument is one dimension."""

_SHAPED_BY_NAME = frozenset(
    f"numpy.random.{name}" for name in ("normal", "uniform", "standard_normal", "randint", "choice")
)
"""Those with a parameter `size`."""

_ITEM_BYTES = {
    **dict.fromkeys(("bool", "bool_", "int8", "uint8"), 1),
    **dict.fromkeys(("int16", "uint16", "float16"), 2),
    **dict.fromkeys(("int32", "uint32", "float32"), 4),
}
"""What an item of an array takes, by the name of its type; of all others, 8 or more."""

_SMALL, _SHORT = 0x100, 0x10000
"""Of numbers below these, pickle writes 2 and 3 bytes; of others, 5 or more."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a term is evaluated, and how deep the question is that leads there."""

    site: Site
    depth: int = 0

    def at(self, site: Site) -> "_Place":
        return _Place(site, self.depth + 1)


def number(term: facts.Term, site: Site) -> int | None:
    """Return the integer that a term is."""
    return _number(term, _Place(site))


def count(term: facts.Term, site: Site) -> int | None:
    """Return how many items iterating over a term gives."""
    return _count(term, _Place(site))


def weight(term: facts.Term, site: Site) -> int | None:
    """Return how many bytes pickle writes of a term at least."""
    return _weight(term, _Place(site))


_Question = Callable[[facts.Term, _Place], int | None]


def _number(term: facts.Term, here: _Place) -> int | None:
    match term:
        case facts.Constant(value=bool() | None):
            return None
        case facts.Constant(value=int(value)):
            return value
        case facts.Conditional() | facts.Name() | facts.Attribute():
            return _of_origin(_number, term, here)
        case facts.Combined(parts=(left, right), operator=operator):
            return _calculated(operator, _number(left, here), _number(right, here))
        case facts.Call(function=facts.Name(id="len" | "int" | "min" | "max" as name), arguments=arguments):
            return _answered(name, [each.value for each in arguments], here)
        case _:
            return None


def _answered(name: str, passed: list[facts.Term], here: _Place) -> int | None:
    """Return what one of a few builtins makes of numbers."""
    match name, passed:
        case "len", [whole]:
            return _count(whole, here)
        case "int", [facts.Constant(value=float(value))] if value.is_integer() and abs(value) < _MOST:
            return int(value)
        case "int", [inner]:
            return _number(inner, here)
        case "min" | "max", [_, _, *_]:
            numbers = _all(_number(each, here) for each in passed)
            return None if numbers is None else min(numbers) if name == "min" else max(numbers)
        case _:
            return None


def _calculated(operator: str, left: int | None, right: int | None) -> int | None:
    if left is None or right is None or max(abs(left), abs(right)) > _MOST:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "//" if right:
            return left // right
        case "**" if 0 <= right < _BITS:
            return int(left**right)
        case "<<" if 0 <= right < _BITS:
            return left << right
        case _:
            return None


_BITS = 64


# --- how many ----------------------------------------------------------------------------------------------


def _count(term: facts.Term, here: _Place) -> int | None:
    match term:
        case facts.Display(items=items):
            return _sum(
                _count(item.value, here) if isinstance(item, facts.Starred) else 1 if key is not None else None
                for item, key in zip(items, term.keys or items, strict=True)
            )
        case facts.Constant(value=str() | bytes() as text):
            return len(text)
        case facts.Comprehension():
            return _count_of_comprehension(term, here)
        case facts.Combined(parts=(left, right), operator="*"):
            pairs = ((_count(left, here), _number(right, here)), (_number(left, here), _count(right, here)))
            return next((a * b for a, b in pairs if a is not None and b is not None), None)
        case facts.Combined(parts=(left, right), operator="+"):
            return _sum((_count(left, here), _count(right, here)))
        case facts.Conditional() | facts.Name() | facts.Attribute():
            return _of_origin(_count, term, here)
        case facts.Call():
            return _count_of_call(term, here)
        case _:
            return None


def _count_of_comprehension(term: facts.Comprehension, here: _Place) -> int | None:
    """Return how many items a comprehension gives that leaves none out."""
    scope = here.site.scope.children[id(term.scope)]
    loops: dict[int, facts.Term] = {}
    for step in scope.steps:
        match step.event:
            case facts.Bind(source=facts.Element(term=iterable)):
                loops[id(iterable)] = iterable
            case facts.Evaluate():
                return None  # a condition
    first, *others = loops.values()
    counts = _all((_count(first, here), *(_count(each, here.at(scope.end)) for each in others)))
    names = {step.event.name for step in scope.steps if isinstance(step.event, facts.Bind)}
    key = term.elements[0]
    is_distinct = not others and _tells_apart(key, names)
    return None if counts is None or (term.kind in ("dict", "set") and not is_distinct) else prod(counts)


def _tells_apart(key: facts.Term, names: set[str]) -> bool:
    """Whether a key is another for each value of a name."""
    match key:
        case facts.Call(function=facts.Name(id="str" | "repr"), arguments=(facts.Argument(value=inner, stars=0),)):
            return _tells_apart(inner, names)
        case _:
            return isinstance(key, facts.Name) and key.id in names


def _count_of_call(call: facts.Call, here: _Place) -> int | None:
    site, passed = here.site, [each.value for each in call.arguments if not each.keyword and not each.stars]
    match call.function:
        case facts.Attribute(value=owner, name="items" | "keys" | "values" | "copy") if not passed:
            return _count(owner, here)
    match evaluate(call.function, site):
        case (External(name="builtins.range"),):
            numbers = _all(_number(each, here) for each in passed)
            return len(range(*numbers)) if numbers and (len(numbers) < _STEP or numbers[-1]) else None
        case (External(name="builtins.bytes" | "builtins.bytearray" | "os.urandom"),) if passed:
            return _number(passed[0], here)
        case (External(name="itertools.repeat"),) if len(passed) > 1:
            return _number(passed[1], here)
        case (External(name="itertools.islice"),) if len(passed) == 2:  # noqa: PLR2004 - the iterable and the end
            return _shortest([_number(passed[1], here), _count(passed[0], here)])
        case (External(name="itertools.chain"),) if passed:
            return _sum(_count(each, here) for each in passed)
        case (External(name="itertools.product"),) if len(passed) == len(call.arguments) > 0:
            counts = _all(_count(each, here) for each in passed)
            return None if counts is None else prod(counts)
        case (External(name="builtins.zip"),) if passed:
            finite = [each for each in passed if not _is_endless(each, site)]
            return _shortest([_count(each, here) for each in finite]) if finite else None
        case (External(name="builtins.map"),) if len(passed) > 1:
            finite = [each for each in passed[1:] if not _is_endless(each, site)]
            return _shortest([_count(each, here) for each in finite]) if finite else None
        case (External(name="random.sample"),) if len(passed) > 1:
            return _number(passed[1], here)
        case (External(name="random.choices"),):
            chosen = next((each.value for each in call.arguments if each.keyword == "k"), None)
            return _number(chosen, here) if chosen is not None else None
        case (External(name=name),) if name in _AS_THEY_ARE and passed:
            return _count(passed[0], here)
        case (External(name=name),) if name.startswith("numpy."):
            shape = _shape(name, call, here)
            return shape[0] if shape else None
        case (Function(scope=scope),):
            returns = [step for step in scope.steps if isinstance(step.event, facts.Return)]
            return _each(_count, [(step.event.term, step.site) for step in returns], here)  # type: ignore[attr-defined]
        case _:
            return None


_STEP = 3
"""So many arguments `range` has if there is a step."""


def _is_endless(term: facts.Term, site: Site) -> bool:
    """Whether a term gives items for ever."""
    if not isinstance(term, facts.Call) or (len(term.arguments) > 1 and last_name(term.function) == "repeat"):
        return False
    return any(isinstance(value, External) and value.name in _ENDLESS for value in evaluate(term.function, site))


def _shape(name: str, call: facts.Call, here: _Place) -> tuple[int, ...] | None:
    """Return the shape of an array that a call makes."""
    positional = [each.value for each in call.arguments if not each.keyword]
    named = {each.keyword: each.value for each in call.arguments}
    if name == "numpy.arange":
        numbers = _all(_number(each, here) for each in positional)
        return (len(range(*numbers)),) if numbers and (len(numbers) < _STEP or numbers[-1]) else None
    if name == "numpy.linspace":
        size = positional[2] if len(positional) > 2 else named.get("num")  # noqa: PLR2004 - start, stop, num
        wanted = _number(size, here) if size is not None else None
        return None if wanted is None else (wanted,)
    if name in _SHAPED_BY_ALL:
        return _all(_number(each, here) for each in positional)
    shape = named.get("shape", named.get("size"))
    if shape is None and name in _SHAPED and positional:
        shape = positional[0]
    if shape is None or not (name in _SHAPED or name in _SHAPED_BY_NAME):
        return None
    sides = shape.items if isinstance(shape, facts.Display) else (shape,)
    return _all(_number(each, here) for each in sides)


# --- how heavy ---------------------------------------------------------------------------------------------


def _weight(term: facts.Term, here: _Place) -> int | None:
    match term:
        case facts.Constant(value=str() | bytes() as text):
            return len(text)
        case facts.Constant():
            return 1
        case facts.Conditional() | facts.Name() | facts.Attribute():
            return _of_origin(_weight, term, here)
        case facts.Comprehension(kind="generator"):
            return None
        case facts.Comprehension(elements=elements):
            many, inner = _count(term, here), here.at(here.site.scope.children[id(term.scope)].end)
            return None if many is None else many * sum(_weight_of_new(each, inner) for each in elements)
        case facts.Display(items=items):
            return sum(_weight(item, here) or 1 for item in items)
        case facts.Combined(parts=(left, right), operator="*" | "+"):
            many = _count(term, here)
            texts = [each for each in (left, right) if isinstance(each, facts.Constant) and _is_text(each)]
            return None if many is None else many if texts else many * _REFERENCE
        case facts.Call():
            return _weight_of_call(term, here)
        case _:
            return None


_REFERENCE = 2
"""The bytes that pickle writes at least for an item of a list, even if it is the same as another."""


def _is_text(constant: facts.Constant) -> bool:
    return isinstance(constant.value, str | bytes)


def _weight_of_new(element: facts.Term, here: _Place) -> int:
    """Return how many bytes pickle writes of an item that each turn of a comprehension makes, at least."""
    if isinstance(element, facts.Display):
        return 1 + sum(_weight_of_new(each, here) for each in element.items)
    if isinstance(element, facts.Combined | facts.Comprehension) and here.depth < _DEEPEST:
        return max(_REFERENCE, _weight(element, here) or 0)
    return _REFERENCE if not isinstance(element, facts.Constant) else 1


def _weight_of_call(call: facts.Call, here: _Place) -> int | None:
    values = evaluate(call.function, here.site)
    passed = [each.value for each in call.arguments if not each.keyword and not each.stars]
    match values:
        case (External(name=name),) if name.startswith("numpy.") and (shape := _shape(name, call, here)):
            return prod(shape) * _bytes_of_item(call)
        case (External(name="builtins.bytes" | "builtins.bytearray" | "os.urandom"),):
            return _count(call, here)
        case (External(name="builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.sorted"),) if passed:
            return _weight_of_range(passed[0], here) or _scaled(_count(passed[0], here), _REFERENCE)
        case (External(name="builtins.dict"),) if passed:
            return _scaled(_count(passed[0], here), 2 * _REFERENCE)
        case (Function(scope=scope),):
            returns = [step for step in scope.steps if isinstance(step.event, facts.Return)]
            return _each(_weight, [(step.event.term, step.site) for step in returns], here)  # type: ignore[attr-defined]
        case _:
            return None


def _scaled(many: int | None, each: int) -> int | None:
    return None if many is None else many * each


def _weight_of_range(term: facts.Term, here: _Place) -> int | None:
    """Return how many bytes pickle writes of the numbers of a range that begins at 0."""
    match term:
        case facts.Call(function=facts.Name(id="range"), arguments=(end,)):
            many = _number(end.value, here)
        case _:
            return None
    if many is None:
        return None
    return 2 * min(many, _SMALL) + 3 * max(min(many, _SHORT) - _SMALL, 0) + 5 * max(many - _SHORT, 0)


def _bytes_of_item(call: facts.Call) -> int:
    kind = next((each.value for each in call.arguments if each.keyword == "dtype"), None)
    name = kind.value if isinstance(kind, facts.Constant) else last_name(kind) if kind is not None else ""
    return _ITEM_BYTES.get(str(name), 8)


# --- where it comes from -----------------------------------------------------------------------------------


def _of_origin(question: _Question, term: facts.Term, here: _Place) -> int | None:
    """Return the answer that holds for whatever a name, attribute or conditional expression stands for."""
    if here.depth > _DEEPEST:
        return None
    if isinstance(term, facts.Conditional):
        return _each(question, [(term.body, here.site), (term.orelse, here.site)], here)
    if isinstance(term, facts.Name):
        return _of_variable(question, term.id, here)
    if isinstance(term, facts.Attribute):
        return _of_attribute(question, term, here)
    return None


def _of_variable(question: _Question, name: str, here: _Place) -> int | None:
    steps = resolve(name, here.site) or []
    if len(steps) != 1:
        return None
    step = steps[0]
    match step.event:
        case facts.Bind(source=facts.Augmented()):
            return None
        case facts.Bind(source=facts.Assigned(term=term, path=())):
            return _with_growth(question, name, step, question(term, here.at(step.site)), here)
        case facts.Bind(source=facts.Given(index=index)):
            return _each(question, _passed(step.scope, index), here)
        case facts.Bind(source=facts.Imported()):
            return _of_value(question, facts.Name((0, 0), name), here)
        case _:
            return None


def _of_value(question: _Question, term: facts.Term, here: _Place) -> int | None:
    """Return the answer for a constant of another module."""
    values = evaluate(term, here.site)
    if not values or not all(isinstance(value, Literal) for value in values):
        return None
    literals = (question(facts.Constant((0, 0), value.value), here) for value in values if isinstance(value, Literal))
    return _shortest(list(literals))


def _of_attribute(question: _Question, term: facts.Attribute, here: _Place) -> int | None:
    owners = evaluate(term.value, here.site)
    if len(owners) == 1 and isinstance(owners[0], Instance):
        sources = stores(owners[0].cls).get(term.name, [])
        if any(name == f".{term.name}" for name in owners[0].cls.module.put):
            return None
        found = [
            (source.term, step.site)
            for step, source in sources
            if isinstance(source, facts.Assigned) and not source.path and not isinstance(source, facts.Augmented)
        ]
        return _each(question, found, here) if len(found) == len(sources) else None
    return _of_value(question, term, here)


def _passed(scope: Scope, index: int) -> list[tuple[facts.Term | None, Site]]:
    """Return what each call in the file passes for a parameter."""
    own = scope.parameters[index]
    found: list[tuple[facts.Term | None, Site]] = []
    for call in calls_to(scope) if not own.stars else ():
        terms = passed_terms(call.call, Parameter(scope, index), call.site, call.offset)
        if terms or own.default is None or scope.site is None:
            found.append((terms[0] if terms else None, call.site))
        else:
            found.append((own.default, scope.site))
    return found


def _with_growth(question: _Question, name: str, made: Step, answer: int | None, here: _Place) -> int | None:
    """Return how many items a variable has in the end whose container is filled in loops."""
    put = [step for step, owner, _ in made.scope.module.put.get(name, ()) if isinstance(owner, facts.Name)]
    if not put and not _is_shrunk(name, made.scope):
        return answer
    if answer is None or _is_shrunk(name, made.scope) or question is _number:
        return None
    if question is _weight:
        return answer  # it does not become less
    return _sum((answer, *(_times(step, made, here) for step in put)))


def _is_shrunk(name: str, scope: Scope) -> bool:
    """Whether the file takes something out of what a name stands for."""
    return any(
        isinstance(step.event, facts.Invoke)
        and isinstance(step.event.call.function, facts.Attribute)
        and step.event.call.function.name in _TAKING
        and last_name(step.event.call.function.value) == name
        for inner in scope.module.scopes
        if not inner.mentions.isdisjoint(_TAKING_MENTIONS)
        for step in inner.steps
    )


_TAKING = frozenset({"pop", "popleft", "clear", "remove", "popitem", "discard"})
_TAKING_MENTIONS = frozenset(f".{name}" for name in _TAKING)


def _times(step: Step, made: Step, here: _Place) -> int | None:
    """Return how often a step appends an item to what another has made in the same scope."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(name="append"))) if step.scope is made.scope:
            return runs_of(step, made.region, here.at(step.site))
        case _:
            return None


def runs_of(step: Step, region: int, here: _Place | None = None) -> int | None:
    """Return how often a step runs for each time that its scope comes through a region around it."""
    here = here or _Place(step.site)
    counts: list[int] = []
    for index in step.scope.enclosing(step.region):
        if index == region:
            return prod(counts)
        around = step.scope.regions[index]
        if around.flow is Flow.LOOP and around.subject is not None:
            before = Site(step.scope, around.events[0], around.parent, step.scope.region_blocks[index])
            many = _count(around.subject, here.at(before))
            if many is None:
                return None
            counts.append(many)
        elif around.flow not in (Flow.ALWAYS, Flow.TRY):
            return None
    return None


def _each(question: _Question, found: Iterable[tuple[facts.Term | None, Site]], here: _Place) -> int | None:
    """Return the least answer of all terms that something can be."""
    if here.depth > _DEEPEST:
        return None
    return _shortest([question(term, here.at(site)) if term is not None else None for term, site in found])


def _all(numbers: Iterable[int | None]) -> tuple[int, ...] | None:
    found = tuple(numbers)
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(found) else None


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = _all(numbers)
    return None if known is None else sum(known)


def _shortest(numbers: list[int | None]) -> int | None:
    known = _all(numbers)
    return min(known) if known else None
