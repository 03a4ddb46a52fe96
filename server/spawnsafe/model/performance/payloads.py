"""Large objects that stay the same and are pickled again with each task."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model.flow import evaluate, lineage, resolve, slot, stores, unstarred
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.performance.mappings import CHUNKS_PER_WORKER, Mapping, worker_count
from spawnsafe.model.performance.sizes import count, runs_of, weight
from spawnsafe.model.sends import Role, Send
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import External, Instance, Items, Method, Partial
from spawnsafe.source import Span
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_LARGE = 100_000
"""So many bytes make a payload."""
_HEAVY = 500_000
"""So many bytes in all are worth a word."""
_USUAL = 8
"""The number of workers to reckon with where it is not known."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`term` at `site` is sent with each task, of which there are `times`; None if that is not known.

    `name` is what the program calls the payload, `weight` how many bytes pickle writes of it at least.
    """

    send: Send
    term: facts.Term
    site: Site
    name: str
    weight: int
    times: int | None

    def span_in(self, module: "Module") -> Span:
        """Return the place of the payload, or of what carries it if that stands elsewhere."""
        if self.site.scope.module is module and not self.is_attribute:
            return module.span(self.site.block, self.term.at)
        return module.span_of(self.send)

    @property
    def is_attribute(self) -> bool:
        """Whether it goes along as an attribute of the object whose method is sent."""
        return isinstance(self.send.value, Method)


def payloads(module: "Module") -> Iterator[Payload]:
    """Yield what is large and sent with each task, the same object each time."""
    for mapping in module.mappings:
        for term, site, name in (*_of_callable(mapping.send), *_of_items(mapping)):
            heavy = _payload(mapping.send, term, site, name, _times(mapping))
            if heavy is not None:
                yield heavy
    for send in _single_tasks(module):
        loops = runs_in_loop(send)
        if loops is None:
            continue
        for term, name in _of_arguments(send):
            heavy = _payload(send, term, send.site, name, loops or None)
            if heavy is not None:
                yield heavy


def _payload(send: Send, term: facts.Term, site: Site, name: str, times: int | None) -> Payload | None:
    heavy = weight(term, site)
    if heavy is None or heavy < _LARGE:
        return None
    enough = (worker_count(send.workers) or _USUAL) if times is not None else 0
    if times is None and heavy * CHUNKS_PER_WORKER * _USUAL < _HEAVY:
        return None
    if times is not None and (times <= enough or heavy * times < _HEAVY):
        return None
    return Payload(send, term, site, name, heavy, times)


def _times(mapping: Mapping) -> int | None:
    """Return how often what goes with each task is sent."""
    return mapping.tasks


# --- with each item ----------------------------------------------------------------------------------------


def _of_callable(send: Send) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield what a callable carries along: the arguments of a partial, the attributes of a method's object."""
    target = slot(unstarred(send.call, send.site), send.sender.callable)
    for value in evaluate(target, send.site) if target is not None else ():
        match value:
            case Partial(call=call, site=site):
                for passed in call.arguments[1:]:
                    yield passed.value, site, _code(passed.value, site)
            case Method(receiver=Instance(cls=cls)):
                yield from _attributes(cls)
            case Instance(cls=cls):
                yield from _attributes(cls)


_PICKLING = ("__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__slots__")


def _attributes(cls: Scope) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield what a class's constructor assigns to attributes that go along with its instances."""
    bases = lineage(cls)
    if any(name in base.bindings for base in bases for name in _PICKLING):
        return
    for base in bases:
        for name, sources in stores(base).items():
            if len(sources) == 1:
                step, source = sources[0]
                if step.scope.name == "__init__" and isinstance(source, facts.Assigned) and not source.path:
                    yield source.term, step.site, f"self.{name}"


def _of_items(mapping: Mapping) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield what is the same in each item: in a tuple that a comprehension makes, or repeated beside the items."""
    site = mapping.send.site
    iterables = mapping.iterables
    if len(iterables) > 1:
        yield from (found for each in iterables for found in _repeated(each, site))
        return
    for term in iterables:
        if isinstance(term, facts.Call) and last_name(term.function) == "zip":
            yield from (found for each in term.arguments for found in _repeated(each.value, site))
        yield from _appended(term, site)
        for value in evaluate(term, site):
            if isinstance(value, Items) and value.site.scope.kind is ScopeKind.COMPREHENSION:
                for item in value.items:
                    yield from _constant_parts(item, value.site)


def _appended(term: facts.Term, site: Site) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield what is the same in each tuple that a loop appends to a list."""
    for step, owner, item in site.scope.module.put.get(term.id, ()) if isinstance(term, facts.Name) else ():
        if isinstance(owner, facts.Name) and step.scope is site.scope and isinstance(item, facts.Display):
            for part in item.items:
                if isinstance(part, facts.Name) and _is_constant(part.id, step):
                    yield part, step.site, part.id


def _repeated(term: facts.Term, site: Site) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield what `repeat(x)` and `[x] * n` give again and again."""
    match term:
        case facts.Call(arguments=(first, *_)) if evaluate(term.function, site) == (External("itertools.repeat"),):
            yield first.value, site, _code(first.value, site)
        case facts.Combined(parts=(facts.Display(kind="list" | "tuple", items=(item,)), _), operator="*"):
            yield item, site, _code(item, site)


def _constant_parts(item: facts.Term, site: Site) -> Iterator[tuple[facts.Term, Site, str]]:
    """Yield the names in a tuple that mean the same in each turn of the comprehension around it."""
    for part in item.items if isinstance(item, facts.Display) else ():
        if isinstance(part, facts.Name) and part.id not in site.scope.bindings:
            yield part, site, part.id
        elif isinstance(part, facts.Attribute):
            yield part, site, _code(part, site)


def _code(term: facts.Term, site: Site) -> str:
    return site.scope.module.code(site.block, term.at)


# --- with each call in a loop ------------------------------------------------------------------------------


def _single_tasks(module: "Module") -> Iterator[Send]:
    """Yield the sends of the callables of `submit`, `apply_async` and the like, each call once."""
    seen: set[int] = set()
    for send in module.sends:
        is_single = send.is_task and send.sender.items is None and send.role is Role.CALLABLE and not send.inner
        if is_single and (send.sender.arguments or send.sender.rest is not None) and id(send.call) not in seen:
            seen.add(id(send.call))
            yield send


def _step_of(send: Send) -> Step | None:
    calls = (step for step in send.site.scope.steps if isinstance(step.event, facts.Invoke))
    return next((step for step in calls if step.event.at == send.call.at and step.block is send.site.block), None)


def runs_in_loop(send: Send) -> int | None:
    """Return how often the loops around a call make it; 0 if that is not known, None if there are none."""
    step, scope = _step_of(send), send.site.scope
    if step is None or not any(scope.regions[index].flow is Flow.LOOP for index in scope.enclosing(step.region)):
        return None
    if scope.kind is ScopeKind.COMPREHENSION and scope.site is not None:
        sources = [each.event.source for each in scope.steps if isinstance(each.event, facts.Bind)]
        first = next((source for source in sources if isinstance(source, facts.Element)), None)
        return (count(first.term, scope.site) if first is not None else None) or 0
    loops = [index for index in scope.enclosing(step.region) if scope.regions[index].flow is Flow.LOOP]
    return runs_of(step, scope.regions[loops[-1]].parent) or 0


def _of_arguments(send: Send) -> Iterator[tuple[facts.Term, str]]:
    """Yield the arguments of a call in a loop that no turn of it changes, and what its callable carries."""
    call, step = unstarred(send.call, send.site), _step_of(send)
    terms = [each.value for each in call.arguments]
    if send.sender.arguments is not None:
        whole = slot(call, send.sender.arguments)
        terms = list(whole.items) if isinstance(whole, facts.Display) else []
    named = slot(call, send.sender.keywords) if send.sender.keywords is not None else None
    terms += named.items if isinstance(named, facts.Display) else ()
    for term in terms:
        if isinstance(term, facts.Name) and step is not None and _is_constant(term.id, step):
            yield term, term.id
        elif isinstance(term, facts.Attribute):
            yield term, _code(term, send.site)


def _is_constant(name: str, step: Step) -> bool:
    """Whether a name means an object that the loop around a step neither makes nor changes."""
    steps, scope = resolve(name, step.site) or [], step.scope
    loops = [index for index in scope.enclosing(step.region) if scope.regions[index].flow is Flow.LOOP]
    if len(steps) != 1 or not loops:
        return False
    start, end = scope.regions[loops[-1]].events
    inside = scope.steps[start:end]
    return steps[0] not in inside and not any(name == _changed(each) for each in inside)


def _changed(step: Step) -> str:
    """Return the name of what a step stores into, or calls a method of."""
    match step.event:
        case facts.Store(target=facts.Subscript(value=owner) | facts.Attribute(value=owner)):
            return last_name(owner)
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner))):
            return last_name(owner)
        case _:
            return ""
