"""Hands an argument to workers once, by their initializer, instead of with each task."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from spawnsafe.edits.arguments import added_keyword
from spawnsafe.edits.borrow import Refusal, RefusedError
from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, with_comments
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, slot
from spawnsafe.model.names import Scope
from spawnsafe.model.pickling.pickles import unpicklable
from spawnsafe.model.sends import Send
from spawnsafe.model.values import External, Function
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent

_SETTER = "prepare_worker"


def hand_once(send: Send, term: facts.Term | None = None) -> Fix | Refusal:
    """Return the repair that makes an argument of a task a global of the workers, which an initializer sets.

    The argument is `term`, or what is sent; a `partial` may pass it. It must be a variable that is there when the
    workers are made, and stand in the one call that sends the function. The repair is never safe: other files may
    call the function.
    """
    try:
        return _Handed(send, term).fix()
    except RefusedError as error:
        return error.refusal


@dataclass(frozen=True, eq=False)
class _Handed:
    """An argument that `send` sends with a task. What keeps it from becoming a global raises RefusedError."""

    send: Send
    term: facts.Term | None

    def fix(self) -> Fix:
        """Return the repair."""
        if unpicklable(self.send.value, apis.Crossing.START, self.send.site):
            raise RefusedError("starting workers cannot be given it either")
        name, function, index = self._variable, self._function, self._index
        parameter = function.parameters[index].name
        self._check_global(parameter)
        module, text, newline = function.module, function.module.document.text, function.module.text.newline
        given, unit = f"{parameter}_value", indent_unit(text)
        lines = [f"def {_SETTER}({given}):", f"{unit}global {parameter}", f"{unit}{parameter} = {given}", "", ""]
        above = with_comments(text, (function.block.start, function.block.end))[0]
        parameters = [function.block.place((each.annotation or each).at) for each in function.parameters]
        heads = [function.block.place(each.at)[0] for each in function.parameters]
        extents = [(head, end) for head, (_, end) in zip(heads, parameters, strict=True)]
        edits = [
            replacement(module, (above, above), "".join(line + newline for line in lines)),
            replacement(module, _without(extents, index), ""),
            self._initialized(name),
            *self._dropped(),
        ]
        return Fix(f"Hand over `{name}` by an initializer", tuple(edits), safe=False)

    def _dropped(self) -> Iterator[FileEdit]:
        """Yield the edits that no longer pass the argument. A `partial` of nothing goes, a tuple of one stays one."""
        module, block, index = self._function.module, self.send.site.block, self._index
        terms = [block.place(term.at) for term in self._arguments]
        text = module.document.text
        if self._partial is not None:
            target = block.place(self._partial.arguments[0].value.at)
            if len(terms) == 1:
                yield replacement(module, block.place(self._partial.at), text[slice(*target)])
            else:
                yield replacement(module, _without([target, *terms], index + 1), "")
        elif self._is_tuple and len(terms) == _PAIR and index == 1:
            yield replacement(module, (terms[0][1], terms[1][1]), ",")
        else:
            yield replacement(module, _without(terms, index), "")
            last = terms[-1][1]
            if self._is_tuple and len(terms) == _PAIR and not text[last:].lstrip().startswith(","):
                yield replacement(module, (last, last), ",")

    def _initialized(self, name: str) -> FileEdit:
        """Return the edit that gives the pool an initializer."""
        workers = self.send.workers
        call, site, making = workers.call, workers.site, workers.maker.making
        if call is None or site is None or making is None or making.callable.names != ("initializer",):
            raise RefusedError(f"the {workers.maker.noun} takes no initializer")
        if len(call.arguments) > 1 or any(passed.stars for passed in call.arguments):
            raise RefusedError(f"the {workers.maker.noun} is given more than how many workers it has")
        home = self.send.site.scope.home(name)
        bindings = home.bindings.get(name, []) if home is not None else []
        if site.scope is not home or len(bindings) != 1 or bindings[0].order >= site.order:
            raise RefusedError(f"`{name}` is not there yet when the workers are made")
        return added_keyword(site.scope.module, site.block, call, f"initializer={_SETTER}, initargs=({name},)")

    def _check_global(self, parameter: str) -> None:
        """Refuse a parameter whose name means something else at module level."""
        function, module = self._function, self._function.module
        bindings = module.scope.bindings.get(parameter, [])
        is_same = parameter == self._variable and self.send.site.scope.home(parameter) is module.scope
        is_new = not bindings and parameter not in module.globals_bound_in_functions
        reads = {read.id for scope in module.scopes for read, _ in scope.reads if scope.home(read.id) is None}
        if not (is_same or (is_new and parameter not in reads)) or hasattr(builtins, parameter):
            raise RefusedError(f"`{parameter}` is the name of something else")
        if len(function.bindings.get(parameter, [])) != 1 or not is_free(module, _SETTER, [self.send.site.scope]):
            raise RefusedError(f"`{function.name}` assigns `{parameter}`")

    # --- what is sent

    @cached_property
    def _function(self) -> Scope:
        """The function that the workers call with it, of the file and used there alone."""
        module = self.send.site.scope.module
        values = [each.value for each in module.sends if each.call is self.send.call and each.is_called]
        match values:
            case [Function(scope=scope, call=None)] if scope.parent is module.scope and scope.facts is not None:
                pass
            case _:
                raise RefusedError("what the workers call is no function of the file")
        reads = [read for inner in module.scopes for read, _ in inner.reads if read.id == scope.name]
        if len(reads) != 1 or module.is_imported or self.send.inner or scope.facts.decorators:
            raise RefusedError(f"`{scope.name}` is used elsewhere")
        if any(each.stars or each.keyword_only or each.default or each.positional_only for each in scope.parameters):
            raise RefusedError(f"`{scope.name}` has parameters of another kind")
        return scope

    @cached_property
    def _listed(self) -> facts.Display | None:
        """The tuple in which the arguments of a task stand, None if they are those of the call itself."""
        call, sender = self.send.call, self.send.sender
        if any(passed.stars or (passed.keyword and sender.rest is not None) for passed in call.arguments):
            raise RefusedError("not all that the task is given stands there")
        if sender.rest is not None:
            return None
        listed = slot(call, sender.arguments) if sender.arguments is not None else None
        items = slot(call, sender.items) if sender.items is not None and sender.unpacks else None
        if isinstance(items, facts.Comprehension) and items.kind == "list":
            listed = items.elements[0]
        if not isinstance(listed, facts.Display) or listed.kind != "tuple":
            raise RefusedError("what the task is given does not stand there")
        return listed

    @cached_property
    def _partial(self) -> facts.Call | None:
        """The `functools.partial` that passes the argument, None if it is not one that does."""
        called = slot(self.send.call, self.send.sender.callable)
        if not isinstance(called, facts.Call) or any(each.keyword or each.stars for each in called.arguments):
            return None
        is_partial = External("functools.partial") in evaluate(called.function, self.send.site)
        return called if is_partial and any(self._is_sent(each.value) for each in called.arguments[1:]) else None

    def _is_sent(self, term: facts.Term) -> bool:
        if self.term is not None:
            return term is self.term
        return isinstance(term, facts.Name) and self.send.value in evaluate(term, self.send.site)

    @property
    def _is_tuple(self) -> bool:
        return self._partial is None and self._listed is not None

    @cached_property
    def _arguments(self) -> list[facts.Term]:
        if self._partial is not None:
            return [passed.value for passed in self._partial.arguments[1:]]
        listed = self._listed
        passed = self.send.call.arguments[self.send.sender.rest or 0 :]
        found = list(listed.items) if listed is not None else [each.value for each in passed]
        if len(found) != len(self._function.parameters) or len(found) < _PAIR:
            raise RefusedError("it is all that the task is given")
        return found

    @cached_property
    def _index(self) -> int:
        """The position of the argument among those of a task."""
        sent = [index for index, term in enumerate(self._arguments) if self._is_sent(term)]
        if len(sent) != 1 or not isinstance(self._arguments[sent[0]], facts.Name):
            raise RefusedError("it is no variable that is an argument by itself")
        return sent[0]

    @property
    def _variable(self) -> str:
        term = self._arguments[self._index]
        assert isinstance(term, facts.Name)  # noqa: S101 - so the index says
        return term.id


_PAIR = 2


def _without(extents: list[Extent], index: int) -> Extent:
    """Return what goes with one of several things in a row: the comma behind it, or before the last of several."""
    if len(extents) == 1:
        return extents[0]
    if index + 1 < len(extents):
        return extents[index][0], extents[index + 1][0]
    return extents[index - 1][1], extents[index][1]
