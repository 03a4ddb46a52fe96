"""Makes exceptions survive pickling: by what they pass to `super().__init__`, or by `__reduce__`."""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import Import, importing
from spawnsafe.edits.members import behind, has_lines, member_indent
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit
from spawnsafe.findings import Fix
from spawnsafe.model.exceptions import Loss, Slot, slots
from spawnsafe.model.flow import lineage, stores
from spawnsafe.model.names import Scope
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent


def rebuildable(lost: Loss) -> Iterator[Fix]:
    """Yield the repair of a class whose exceptions pickle cannot rebuild."""
    plan = _plan(lost)
    if isinstance(plan, _Plan):
        yield plan.fix()


def rebuildable_refusal(lost: Loss) -> Refusal | None:
    """Return why there is no repair, None if there is one. Cheap: answered from facts."""
    plan = _plan(lost)
    return plan if isinstance(plan, Refusal) else None


def _plan(lost: Loss) -> "_Plan | Refusal":
    owner, init = lost.owner, lost.init
    if lost.is_frozen:
        return Refusal(f"`{lost.cls.name}` is frozen")
    if init is not None and (init.facts is None or not has_lines(init)):
        return Refusal(f"`{owner.name}.__init__` shares its lines with other code")
    if init is not None and any(parameter.stars for parameter in init.parameters):
        return Refusal(f"`{owner.name}.__init__` takes any number of arguments")
    kept: list[tuple[Slot, str | None]] = []
    for slot in slots(owner):
        attribute = slot.name if init is None else _attribute(owner, init, slot.name)
        if attribute is None and _is_taken(owner, slot.name):
            return Refusal(f"`{owner.name}` does not keep `{slot.name}`, and has something else of that name")
        kept.append((slot, attribute))
    return _Plan(owner, init, tuple(kept), sends_object=lost.misread is not None)


def _attribute(owner: Scope, init: Scope, name: str) -> str | None:
    """Return the attribute in which `__init__` keeps a parameter as it is, in any case."""
    if len(init.bindings.get(name, ())) != 1:
        return None
    for attribute, stored in stores(owner).items():
        step, source = stored[0]
        if len(stored) == 1 and step.scope is init and step.region == 0 and _is_name(source, name):
            return attribute
    return None


def _is_name(source: facts.Source, name: str) -> bool:
    """Whether an assignment takes a name's value, by itself or at its place in a tuple."""
    match source:
        case facts.Assigned(term=facts.Name(id=taken), path=()):
            return taken == name
        case facts.Assigned(term=facts.Display(kind="tuple", items=items), path=(index,)) if index < len(items):
            item = items[index]
            return isinstance(item, facts.Name) and item.id == name
        case _:
            return False


def _is_taken(owner: Scope, name: str) -> bool:
    return any(name in base.bindings or name in stores(base) for base in lineage(owner)) or name == "args"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A `__reduce__` for the class `owner` that calls it with what `kept` says: parameters and their attributes.

    A parameter without one gets an attribute of its own name.
    """

    owner: Scope
    init: Scope | None
    kept: tuple[tuple[Slot, str | None], ...]
    sends_object: bool
    """Whether an object is among them whose message alone was kept so far."""

    @property
    def safe(self) -> bool:
        """Whether no subclass that inherits it is made from other arguments, and it sends what was meant to be sent."""
        heirs = self.owner.module.heirs(self.owner)
        fresh = [slot.name for slot, attribute in self.kept if attribute is None]
        rebound = self.init is not None and any(len(self.init.bindings.get(name, ())) != 1 for name in fresh)
        if rebound or (fresh and self.sends_object):
            return False
        return not any("__init__" in heir.bindings for heir in heirs)

    def fix(self) -> Fix:
        """Return the repair."""
        module = self.owner.module
        imported = self._imported
        changes = [self._added()]
        if imported is not None and imported.change is not None:
            changes.append(imported.change)
        edits = [replacement(module, extent, code) for extent, code in changes]
        return Fix(f"Add `__reduce__` to `{self.owner.name}`", tuple(edits), self.safe)

    @property
    def _imported(self) -> Import | None:
        """Return how `functools.partial` is written, if a parameter can be passed by its name alone."""
        if not any(slot.is_keyword for slot, _ in self.kept):
            return None
        return importing(self.owner.module, "functools", "partial", [self.owner], self._top.start)

    @property
    def _top(self) -> Block:
        scope = self.owner
        while scope.parent is not None and not scope.parent.is_module:
            scope = scope.parent
        return scope.block

    def _added(self) -> tuple[Extent, str]:
        """Return the change that adds the method, and the attributes that it needs."""
        inside = member_indent(self.owner)
        unit = indent_unit(self.owner.module.document.text)
        receiver = self.init.parameters[0].name if self.init is not None else "self"
        lines = [
            f"{inside}{unit}{receiver}.{slot.name} = {slot.name}" for slot, attribute in self.kept if attribute is None
        ]
        lines += ["", f"{inside}def __reduce__({receiver}):", f"{inside}{unit}return {self._reduced(receiver)}"]
        return behind(self.init if self.init is not None else self.owner, lines)

    def _reduced(self, receiver: str) -> str:
        values = [(slot, f"{receiver}.{attribute or slot.name}") for slot, attribute in self.kept]
        if not any(slot.is_keyword for slot, _ in values):
            listed = ", ".join(value for _, value in values)
            return f"type({receiver}), ({listed}{',' if len(values) == 1 else ''})"
        passed = ", ".join(f"{slot.name}={value}" if slot.is_keyword else value for slot, value in values)
        partial = self._imported.code if self._imported is not None else "functools.partial"
        return f"{partial}(type({receiver}), {passed}), ()"
