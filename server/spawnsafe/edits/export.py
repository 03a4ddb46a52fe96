"""Moves definitions of a notebook to a new module beside it, where workers can import them from."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spawnsafe.edits.borrow import Refusal, RefusedError
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.statements import Statement, free_names, top_level
from spawnsafe.edits.text import joined, removal, stands_alone, whole_lines, with_comments
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope
from spawnsafe.model.values import ProjectModule
from spawnsafe.source import Edit, Point, Span
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent

_KERNEL_NAMES = frozenset({"display", "get_ipython", "In", "Out", "exit", "quit"})
"""What a kernel gives to its cells and to nothing else."""


def move_to_module(scope: Scope) -> Fix | Refusal:
    """Return the repair that moves a definition of a notebook to a new file beside it, and imports it from there.

    Definitions and constants that it needs go along, and the imports are copied. It is never safe: the kernel has to
    be told, and a change to the new file is seen only by a kernel that is started anew.
    """
    module = scope.module
    try:
        cargo = _Cargo.of(module, scope)
    except RefusedError as error:
        return error.refusal
    name = _free_name(module, scope.name)
    path = module.path.with_name(f"{name}.py")
    edits = (*_changes(scope, name, cargo), FileEdit(path, Edit(_BEGINNING, cargo.code)))
    return Fix(f"Move `{scope.name}` to `{path.name}`", edits, safe=False)


_BEGINNING = Span(Point(0, 0), Point(0, 0))


@dataclass(frozen=True)
class _Cargo:
    """The statements that go to the new file, in order, and the imports that are copied."""

    module: Module
    statements: tuple[Statement, ...]
    """All at module level."""
    moved: tuple[Statement, ...]
    copied: tuple[Statement, ...]

    @classmethod
    def of(cls, module: Module, scope: Scope) -> "_Cargo":
        """Return what a definition needs, itself included. Raises RefusedError if it cannot move."""
        statements = top_level(module)
        home = next((each for each in statements if each.definition is scope), None)
        if home is None:
            raise RefusedError("it is defined under a condition, or not alone")
        needed, pending = {id(home): home}, [home]
        while pending:
            for name in sorted(_reads(pending.pop())):
                for other in _bound_by(statements, name):
                    if id(other) not in needed:
                        needed[id(other)] = other
                        pending.append(other)
        ordered = [each for each in statements if id(each) in needed]
        moved = tuple(each for each in ordered if not each.is_import)
        for statement in moved:
            _check(module, statement)
        return cls(module, tuple(statements), moved, tuple(each for each in ordered if each.is_import))

    @property
    def names(self) -> frozenset[str]:
        """What the moved statements bind."""
        return frozenset().union(*(statement.binds for statement in self.moved))

    def extent(self, statement: Statement) -> Extent:
        """Return the whole lines of a statement, with its comments."""
        return with_comments(self.module.document.text, statement.extent)

    @property
    def code(self) -> str:
        """The text of the new file."""
        newline = self.module.text.newline
        imports = "".join(f"{self._text(each.extent).strip()}{newline}" for each in self.copied)
        constants = [each for each in self.moved if each.definition is None]
        plain = "".join(f"{self._text(self.extent(each)).strip()}{newline}" for each in constants)
        definitions = [self._text(self.extent(each)).strip() for each in self.moved if each.definition is not None]
        head = newline.join(filter(None, (imports, plain)))
        return (newline * 2).join([*([head] if head else []), *(f"{code}{newline}" for code in definitions)])

    def _text(self, extent: Extent) -> str:
        return self.module.document.text[extent[0] : extent[1]]


def _reads(statement: Statement) -> frozenset[str]:
    """Return the names of the module that a statement reads, and those in it when they run."""
    inside = {name.id for scope in statement.scopes for inner in scope.walk() for name, _ in inner.reads}
    if known := (inside | statement.reads) & _KERNEL_NAMES:
        raise RefusedError(f"it reads `{min(known)}`, which only a kernel has")
    return _named(statement)


def _bound_by(statements: Iterable[Statement], name: str) -> Iterator[Statement]:
    """Yield the statement that binds a name; none if it is a builtin. Raises RefusedError if that cannot move."""
    binding = [statement for statement in statements if name in statement.binds]
    if len(binding) > 1:
        raise RefusedError(f"it reads `{name}`, which the notebook sets more than once")
    for statement in binding:
        if not (statement.is_import or statement.definition is not None or _is_constant(statement)):
            raise RefusedError(f"it reads `{name}`, which the notebook computes")
        yield statement


def _is_constant(statement: Statement) -> bool:
    """Whether a statement assigns constants and nothing else."""
    return statement.is_assignment and all(
        isinstance(step.event, facts.Bind)
        and isinstance(step.event.source, facts.Assigned)
        and isinstance(step.event.source.term, facts.Constant)
        for step in statement.steps
        if isinstance(step.event, (facts.Bind, facts.Store))
    )


def _check(module: Module, statement: Statement) -> None:
    document, extent = module.document, slice(*statement.extent)
    if not stands_alone(document.text, statement.extent):
        raise RefusedError("it does not stand alone in its lines")
    if document.text[extent] != document.code[extent]:
        raise RefusedError("there are magics in it")
    assigned = frozenset().union(*(inner.declared_global for scope in statement.scopes for inner in scope.walk()))
    if assigned:
        raise RefusedError(f"it assigns `{min(assigned)}` by `global`")


def _free_name(module: Module, wanted: str) -> str:
    """Return a name for a new module: that of the function, unless an import would find something else."""
    candidates = (wanted, f"{wanted}_task", *(f"{wanted}_{number}" for number in range(2, 1000)))
    return next(name for name in candidates if not _is_taken(module, name))


def _is_taken(module: Module, name: str) -> bool:
    is_found = isinstance(module.project.imported(module, name, 0), ProjectModule)
    return is_found or name in sys.stdlib_module_names


def _changes(scope: Scope, source: str, cargo: _Cargo) -> Iterator[FileEdit]:
    """Yield the edits of the notebook: the definitions go, and what is used of them is imported, `scope` anyway."""
    module = scope.module
    text, newline = module.document.text, module.text.newline
    used = frozenset().union(*(_named(each) for each in cargo.statements if each not in cargo.moved))
    line = f"from {source} import {', '.join(sorted({scope.name} | used & cargo.names))}{newline}"
    first = cargo.moved[0].extent[0]
    imports = [each for each in cargo.statements if each.is_import and each.extent[0] < first]
    extents = joined(text, map(cargo.extent, cargo.moved))
    if imports:
        end = whole_lines(text, imports[-1].extent)[1]
        yield replacement(module, (end, end), newline + line)
    for extent in extents:
        if extent == extents[0] and not imports:
            yield replacement(module, extent, line)
        else:
            yield replacement(module, *removal(text, extent))


def _named(statement: Statement) -> frozenset[str]:
    return statement.reads.union(*(free_names(scope) for scope in statement.scopes))
