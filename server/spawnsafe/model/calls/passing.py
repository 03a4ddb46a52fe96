"""What the workers pass to what they call, and where that does not take it."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.calls.signatures import Given, Mismatch, Slots, mismatch, parameters
from spawnsafe.model.flow import as_row, columns, elements, evaluate, lineage, slot, substituted
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.sends import Send
from spawnsafe.model.values import (
    Class,
    External,
    Function,
    Instance,
    Items,
    Literal,
    MadeInstance,
    Many,
    Method,
    Parameter,
    Partial,
    Product,
    Row,
    Value,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_KEYWORDS = 2
"""The stars of `**value`."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Workers call `value` with what it does not take, or unpack items that cannot be (then `why` is None)."""

    send: Send
    value: Value
    slots: Slots
    why: Mismatch | None

    @property
    def scope(self) -> Scope | None:
        """The definition of what is called, if that is the project's."""
        match _called(self.value):
            case Function(scope=scope) | Class(scope=scope) | Method(function=Function(scope=scope)):
                return scope
            case Instance(cls=scope):
                return scope
            case _:
                return None

    @property
    def name(self) -> str:
        """The name of what is called."""
        called = _called(self.value)
        if isinstance(called, External):
            return called.name.removeprefix("builtins.")
        return self.scope.qualname.rpartition("<locals>.")[2] if self.scope is not None else ""

    @property
    def items(self) -> facts.Term | None:
        """The one iterable from which the arguments are taken, if it stands in the call of the API."""
        wanted = self.send.sender.items
        return slot(self.send.call, wanted) if wanted is not None and not self.send.inner else None

    @property
    def rows(self) -> Values:
        """What is in the iterable, as far as that is known."""
        return elements(evaluate(self.items, self.send.site)) if self.items is not None else ()

    @property
    def item_width(self) -> int | None:
        """How many arguments each item is if it is unpacked, None if that is not known or no item is meant to be."""
        widths = {None if isinstance(value, Literal) else _width(value) for value in self.rows}
        return widths.pop() if len(widths) == 1 else None

    @property
    def has_scalars(self) -> bool:
        """Whether the items are numbers or strings."""
        return _is_range(self.items, self.send.site) or (
            bool(self.rows) and all(isinstance(value, Literal) for value in self.rows)
        )

    @property
    def second(self) -> facts.Term | None:
        """An iterable that stands where the size of the chunks is expected, for something that takes two arguments."""
        sender, call = self.send.sender, self.send.call
        if sender.items is None or sender.more_items or self.send.inner or sender.crossing is not apis.Crossing.TASK:
            return None
        term = slot(call, apis.Slot((), 2))
        values = evaluate(term, self.send.site) if term is not None else ()
        is_iterable = bool(values) and all(isinstance(value, Items | Many | Row) for value in values)
        return term if is_iterable and self.takes(2) else None

    @property
    def packed(self) -> facts.Term | None:
        """The only argument behind the callable, if that holds the arguments that are meant."""
        rest, arguments = self.send.sender.rest, _written(self.send).arguments
        if rest is None or self.send.inner or len(arguments) != rest + 1:
            return None
        passed, values = arguments[-1], evaluate(arguments[-1].value, self.send.site)
        width = _width(values[0]) if len(values) == 1 and isinstance(values[0], Items | Row) else None
        is_plain = not passed.stars and not passed.keyword
        return passed.value if is_plain and width is not None and self.takes(width) else None

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments by position."""
        return mismatch(self.slots, Given(count)) is None


def misfits(module: "Module") -> Iterator[Misfit]:
    """Yield what workers call with arguments that it does not take, whichever it gets of those that are known."""
    for send in module.sends:
        if not send.is_called or _is_overridden(send):
            continue
        levels = (send, *send.inner)[::-1]
        target = slot(send.origin.call, send.sender.callable)
        values = _passed_down(evaluate(target, send.origin.site), levels) if target is not None else ()
        for value in values:
            slots = parameters(value) if _called(value) == _called(send.value) else None
            if slots is None:
                continue
            if send.sender.unpacks and _are_plain(levels):
                yield Misfit(send, value, slots, None)
                continue
            failures = [mismatch(slots, given) if given is not None else None for given in _given(levels)]
            if failures and all(failures):
                yield Misfit(send, value, slots, failures[0])


def _called(value: Value) -> Value:
    """Return what a partial calls in the end."""
    while isinstance(value, Partial):
        value = value.function
    return value


def _is_overridden(send: Send) -> bool:
    """Whether a process has a `run` of its own, which need not call the target."""
    cls = send.workers.cls
    return cls is not None and any("run" in base.bindings for base in lineage(cls))


# --- through wrappers ----------------------------------------------------------------------------------------

Levels = tuple[Send, ...]
"""The calls by which something gets to a worker: that of the API, and those of the wrappers around it outwards."""


def _passed_down(values: Values, levels: Levels) -> Values:
    """Return what values in the terms of the innermost level are."""
    for inner, outer in itertools.pairwise(levels):
        if isinstance(inner.value, Parameter):
            values = distinct(substituted(values, inner.value.scope, outer.call, outer.site, outer.offset))
    return values


def _written(send: Send) -> facts.Call:
    """Return the call of a send as it is written, with its stars."""
    site = send.site
    event = site.scope.steps[site.order].event if site.order < len(site.scope.steps) else None
    return event.call if isinstance(event, facts.Invoke) and event.call.at == send.call.at else send.call


# --- what is given -------------------------------------------------------------------------------------------


def _given(levels: Levels) -> Iterator[Given | None]:
    """Yield what the workers can pass to what they call, None for what is not known."""
    sender, call = levels[0].sender, _written(levels[0])
    if sender.items is not None:
        yield from _given_items(levels)
    elif sender.rest is not None:
        passed = [each for each in call.arguments if each.keyword or each.stars == _KEYWORDS]
        placed = [each for each in call.arguments if each not in passed][sender.rest :]
        yield from _combined(_counts(placed, levels), _names(passed, levels))
    elif sender.arguments is not None and not any(each.stars for each in call.arguments):
        container = slot(call, sender.arguments)
        values = evaluate(container, levels[0].site) if container is not None else ()
        is_text = any(isinstance(value, Literal) for value in values)
        counts = _counts([facts.Argument(container, None, 1)], levels) if container is not None else {0}
        options = slot(call, sender.keywords) if sender.keywords is not None else None
        named = _names([facts.Argument(options, None, _KEYWORDS)], levels) if options is not None else frozenset()
        yield from _combined({None if each is None or is_text else each + sender.before for each in counts}, named)
    else:
        yield None


def _given_items(levels: Levels) -> Iterator[Given | None]:
    sender, call = levels[0].sender, _written(levels[0])
    items = slot(call, sender.items) if sender.items is not None else None
    if items is None or any(each.stars for each in call.arguments):
        yield None
    elif sender.unpacks:
        rows = elements(_passed_down(evaluate(items, levels[0].site), levels))
        yield from _combined({_width(row) for row in rows}, frozenset())
    elif sender.more_items and sender.items is not None and sender.items.position is not None:
        yield Given(sum(each.keyword is None for each in call.arguments) - sender.items.position)
    else:
        yield Given(1)


def _combined(counts: set[int | None], names: frozenset[str] | None) -> Iterator[Given | None]:
    for count in counts:
        yield Given(count, names) if count is not None and names is not None else None


def _counts(passed: list[facts.Argument], levels: Levels) -> set[int | None]:
    """Return how many arguments by position some arguments can be, with or without a star."""
    found: set[int | None] = {0}
    for each in passed:
        more = _widths(evaluate(each.value, levels[0].site), levels) if each.stars else {1}
        found = {None if None in (one, two) else (one or 0) + (two or 0) for one in found for two in more}
    return found


def _widths(values: Values, levels: Levels) -> set[int | None]:
    """Return how many items values of the innermost level can have."""
    found: set[int | None] = set()
    for value in values:
        if not isinstance(value, Parameter) or len(levels) == 1:
            found.add(_width(value))
            continue
        inner, outer = levels[0], levels[1]
        scope = inner.value.scope if isinstance(inner.value, Parameter) else None
        if scope is not value.scope:
            found.add(None)
        elif scope.parameters[value.index].stars == 1 and value.item is None and not value.path:
            placed = [each for each in _written(outer).arguments if not each.keyword and each.stars < _KEYWORDS]
            found |= _counts(placed[value.index - outer.offset :], levels[1:])
        else:
            inside = distinct(substituted((value,), scope, outer.call, outer.site, outer.offset))
            found |= _widths(inside, levels[1:])
    return found


def _width(value: Value) -> int | None:
    """Return how many items a value has, None if that is not known."""
    match value:
        case Row(columns=found):
            return len(found)
        case MadeInstance() if (row := as_row(value)) is not None:
            return len(row.columns)
        case Literal(value=str() | bytes() as text):
            return len(text)
        case Items(kind="tuple" | "list", items=items, site=site):
            if any(isinstance(item, facts.Starred) for item in items):
                known = columns(value)
                return len(known) if known is not None else None
            is_display = site.scope.kind is not ScopeKind.COMPREHENSION or value.kind == "tuple"
            return len(items) if is_display else None
        case _:
            return None


def _names(passed: list[facts.Argument], levels: Levels) -> frozenset[str] | None:
    """Return the names of arguments by name, with or without stars, None if not all are known."""
    found: set[str] = set()
    for each in passed:
        values = evaluate(each.value, levels[0].site) if each.stars else ()
        inner = [_keys(value, levels) for value in values] if each.stars else [frozenset((each.keyword or "",))]
        if not inner or None in inner:
            return None
        found.update(name for names in inner for name in names or ())
    return frozenset(found)


def _keys(value: Value, levels: Levels) -> frozenset[str] | None:
    """Return the keys of a dict of the innermost level that is unpacked, None if not all are known."""
    if isinstance(value, Items) and value.kind == "dict":
        keys = [key.value for key in value.keys if isinstance(key, facts.Constant) and isinstance(key.value, str)]
        return frozenset(keys) if len(keys) == len(value.keys) else None
    inner = levels[0].value
    if len(levels) == 1 or not isinstance(value, Parameter) or not isinstance(inner, Parameter):
        return None
    own = value.scope.parameters
    if value.scope is not inner.scope or own[value.index].stars != _KEYWORDS or value.item is not None or value.path:
        return None
    names = {parameter.name for parameter in own}
    rest = [each for each in _written(levels[1]).arguments if each.stars == _KEYWORDS or each.keyword]
    return _names([each for each in rest if each.keyword not in names], levels[1:])


def _are_plain(levels: Levels) -> bool:
    """Whether items that are to be unpacked are numbers and the like."""
    items = slot(levels[0].call, levels[0].sender.items) if levels[0].sender.items is not None else None
    values = elements(_passed_down(evaluate(items, levels[0].site), levels)) if items is not None else ()
    return _is_range(items, levels[0].site) or (
        bool(values)
        and all(isinstance(value, Literal) and not isinstance(value.value, str | bytes) for value in values)
    )


def _is_range(items: facts.Term | None, site: Site) -> bool:
    values = evaluate(items, site) if items is not None else ()
    return bool(values) and all(isinstance(value, Product) and value.name == "builtins.range" for value in values)
