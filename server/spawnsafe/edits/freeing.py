"""Makes a method a function of the attributes that it reads, so that its object need not be sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from spawnsafe.edits.borrow import Refusal, RefusedError
from spawnsafe.edits.imports import importing
from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, reindent, removal, spaced, stands_alone, with_comments
from spawnsafe.findings import Fix
from spawnsafe.model.flow import lineage
from spawnsafe.model.names import Scope
from spawnsafe.model.pickling.instances import held
from spawnsafe.model.pickling.pickles import unpicklable
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import parts
from spawnsafe.model.values import Function, Instance, Method
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent


def free_method(send: Send) -> Fix | Refusal:
    """Return the repair that moves a method out of its class, and sends it with the attributes that it reads.

    It is never safe: other files may call the method.
    """
    match send.value:
        case Method(function=Function(scope=scope, call=None), receiver=Instance() as receiver):
            try:
                return _Freed(send, scope, receiver).fix()
            except RefusedError as error:
                return error.refusal
        case _:
            return Refusal("it is no method")


_COMMA = re.compile(r"\s*,\s*")


def _has_plain_receiver(method: Scope) -> bool:
    first = method.parameters[0] if method.parameters else None
    return first is not None and not (first.stars or first.annotation or first.default or first.positional_only)


@dataclass(frozen=True, eq=False)
class _Freed:
    """A method that becomes a function. What keeps it where it is raises RefusedError."""

    send: Send
    method: Scope
    receiver: Instance

    def fix(self) -> Fix:
        """Return the repair."""
        self._check_place()
        self._check_uses()
        module, text = self.method.module, self.method.module.document.text
        name, site = self._name, self.send.site
        changes: list[tuple[Extent, str]] = []
        code = name
        if self._attributes:
            found = importing(module, "functools", "partial", [site.scope], self._above.start)
            if found is None:
                raise RefusedError("the names `partial` and `functools` are taken")
            assert isinstance(self.send.term, facts.Attribute)  # noqa: S101 - the check looked
            owner = module.code(site.block, self.send.term.value.at)
            code = f"{found.code}({', '.join((name, *(f'{owner}.{each}' for each in self._attributes)))})"
            changes += [found.change] if found.change else []
        changes.append((site.block.place(self.send.term.at), code))
        changes.append(removal(text, self._extent))
        above = with_comments(text, (self._above.start, self._above.end))[0]
        changes.append(spaced(text, (above, above), self._definition(), module.text.newline, 2))
        edits = [replacement(module, extent, new) for extent, new in changes]
        return Fix(f"Make `{name}` a function", tuple(edits), safe=False)

    # --- what keeps it where it is

    def _check_place(self) -> None:
        method, cls, own = self.method, self.method.owner, self.method.facts
        if own is None or cls is None or not cls.is_class or cls.parent is not cls.module.scope or cls.site is None:
            raise RefusedError(f"`{method.name}` is no method of a class at module level")
        if cls.module is not self.send.site.scope.module or cls.module.is_imported or cls.site.region:
            raise RefusedError(f"`{cls.name}` is used in other files")
        if own.decorators or not self._is_alone or not _has_plain_receiver(method):
            raise RefusedError(f"`{method.name}` is no plain method")
        if any(method.name in base.bindings for base in (*lineage(cls)[1:], *cls.module.heirs(cls))):
            raise RefusedError(f"another class has its own `{method.name}`")
        term = self.send.term
        if not isinstance(term, facts.Attribute) or not isinstance(term.value, facts.Name | facts.Attribute):
            raise RefusedError(f"`{method.name}` is sent by another name")

    def _check_uses(self) -> None:
        method, receiver = self.method, self.method.parameters[0].name
        named = {id(term): term for term in self._terms() if isinstance(term, facts.Attribute)}
        own = [term for term in named.values() if isinstance(term.value, facts.Name) and term.value.id == receiver]
        reads = sum(read.id == receiver for scope in method.walk() for read, _ in scope.reads)
        if len(own) != reads or any(
            scope.facts is not method.facts and receiver in scope.bound for scope in method.walk()
        ):
            raise RefusedError(f"`{method.name}` needs its object as a whole")
        if any(read.id in ("super", "__class__") for scope in method.walk() for read, _ in scope.reads):
            raise RefusedError(f"`{method.name}` calls `super()`")
        known = {read.id for scope in method.walk() for read, _ in scope.reads} | method.bound
        for name in self._attributes:
            self._check_attribute(name, known)
        uses = {
            (id(term), scope)
            for scope in method.module.scopes
            for step in scope.steps
            for term in parts(step.event)
            if isinstance(term, facts.Attribute) and term.name == method.name
        }
        if len(uses) != 1:
            raise RefusedError(f"`{method.name}` is used elsewhere")

    def _check_attribute(self, name: str, known: set[str]) -> None:
        """Refuse an attribute that cannot become a parameter."""
        cls, site = self.receiver.cls, self.send.site
        crossing = self.send.sender.crossing
        if name in known or name.startswith("__"):
            raise RefusedError(f"`{name}` is also something else in `{self.method.name}`")
        if any(
            isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Defined)
            for base in lineage(cls)
            for step in base.bindings.get(name, ())
        ):
            raise RefusedError(f"`{self.method.name}` calls `{name}`")
        if any(
            isinstance(step.event, facts.Store)
            and isinstance(step.event.target, facts.Attribute)
            and step.event.target.name == name
            for scope in self.method.walk()
            for step in scope.steps
        ):
            raise RefusedError(f"`{self.method.name}` sets `{name}`")
        for each in held(self.receiver, site):
            if each.name == name and any(unpicklable(value, crossing, site) for value in each.values):
                raise RefusedError(f"`{self.method.name}` uses `{name}`")

    # --- what is written

    def _terms(self) -> Iterator[facts.Term]:
        """Yield all terms of the method."""
        for scope in self.method.walk():
            wholes: list[facts.Event | facts.Term | None] = [step.event for step in scope.steps]
            wholes += [region.subject for region in scope.regions]
            for term in (term for whole in wholes if whole is not None for term in parts(whole)):
                yield term
                for element in term.elements if isinstance(term, facts.Comprehension) else ():
                    yield from parts(element)

    @property
    def _is_alone(self) -> bool:
        own, text = self.method.facts, self.method.module.document.text
        return own is not None and stands_alone(text, self.method.block.place(own.at))

    @cached_property
    def _places(self) -> list[tuple[Extent, str]]:
        """Where it reads attributes of its object, with their names."""
        receiver = self.method.parameters[0].name
        block: Block = self.method.steps[0].block
        found = {
            block.place(term.at): term.name
            for term in self._terms()
            if isinstance(term, facts.Attribute) and isinstance(term.value, facts.Name) and term.value.id == receiver
        }
        return sorted(found.items())

    @property
    def _attributes(self) -> list[str]:
        return list(dict.fromkeys(name for _, name in self._places))

    @property
    def _name(self) -> str:
        scopes = [self.send.site.scope]
        cls = self.method.owner.name.lower() if self.method.owner else ""
        for name in (self.method.name.lstrip("_"), f"{cls}_{self.method.name.strip('_')}"):
            if is_free(self.method.module, name, scopes):
                return name
        raise RefusedError(f"the name `{self.method.name}` is taken")

    @property
    def _above(self) -> Block:
        assert self.method.owner is not None  # noqa: S101 - the check looked
        start = self.method.owner.block.start
        return next(block for block in reversed(self.method.module.document.blocks) if block.start <= start)

    @property
    def _extent(self) -> Extent:
        assert self.method.facts is not None  # noqa: S101 - the check looked
        return with_comments(self.method.module.document.text, self.method.block.place(self.method.facts.at))

    def _definition(self) -> str:
        """Return the function, as whole lines."""
        method, module = self.method, self.method.module
        text, own, (start, end) = module.document.text, method.facts, self._extent
        assert own is not None  # noqa: S101 - the check looked
        begin, behind = method.block.place(method.parameters[0].at)
        comma = _COMMA.match(text, behind)
        listed = ", ".join(self._attributes) + (", " if comma and self._attributes else "")
        header = (begin, comma.end() if comma else behind)
        changes = [(method.block.place(own.name_at), self._name), (header, listed), *self._places]
        code, done = "", start
        for (at, last), new in sorted(changes):
            code += text[done:at] + new
            done = last
        code += text[done:end]
        indent = indentation(text, method.block.place(own.header_at)[0])
        return reindent(code, indent).rstrip("\r\n") + module.text.newline
