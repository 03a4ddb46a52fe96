"""Makes a generator function or coroutine function run in the worker that calls it."""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import importing
from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, whole_lines, with_comments
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.sends import Send
from spawnsafe.model.workers import Work
from spawnsafe.source import Edit
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow


def running(work: Work) -> Iterator[Fix]:
    """Yield the repairs of a target that only makes a generator or coroutine."""
    plan = _plan(work)
    if isinstance(plan, Step):
        yield _returning(plan)
    elif isinstance(plan, _Wrapper):
        yield plan.fix()


def running_refusal(work: Work) -> Refusal | None:
    """Return why there is no repair, None if there is one. Cheap: answered from facts."""
    plan = _plan(work)
    return plan if isinstance(plan, Refusal) else None


def _plan(work: Work) -> "Step | _Wrapper | Refusal":
    """Return the one `yield` that a `return` can replace, else the wrapper to send instead."""
    scope, send = work.lazy, work.send
    if scope is None:
        return Refusal("what it calls is not known")
    step = _only_yield(scope)
    if step is not None and not scope.module.calls_of(scope) and not scope.module.is_imported:
        return step
    if scope.is_async and scope.is_generator:
        return Refusal("it is an asynchronous generator")
    if not scope.is_async and is_endless(scope):
        return Refusal(f"`{scope.name}` yields without end")
    module, name = scope.module, scope.name
    is_plain = scope.owner is module.scope and scope.site is not None and not scope.site.region
    if not is_plain or scope.facts is None or scope.facts.decorators:
        return Refusal(f"`{name}` is no plain function at module level")
    if send.site.scope.module is not module or not isinstance(send.term, facts.Name) or send.term.id != name:
        return Refusal(f"`{name}` is sent by another name")
    new = f"run_{name}" if scope.is_async else f"{name}_list"
    if not is_free(module, new, [send.site.scope]):
        return Refusal(f"the name `{new}` is taken")
    return _Wrapper(scope, send, new)


# --- a list instead of a generator -------------------------------------------------------------------------


def _only_yield(scope: Scope) -> Step | None:
    """Return the one `yield` of a generator function, if it is its last statement and runs once."""
    yields = [step for step in scope.steps if isinstance(step.event, facts.Yield)]
    if len(yields) != 1 or scope.is_async or any(isinstance(step.event, facts.Return) for step in scope.steps):
        return None
    (step,) = yields
    event = step.event
    is_last = all(other.event.statement == event.statement for other in scope.steps[step.order :])
    is_whole = event.at == event.statement and isinstance(event, facts.Yield) and event.term is not None
    return step if is_last and is_whole and step.region == 0 else None


def _returning(step: Step) -> Fix:
    module, event = step.scope.module, step.event
    assert isinstance(event, facts.Yield)  # noqa: S101 - that is what the plan found
    assert event.term is not None  # noqa: S101
    code = module.code(step.block, event.term.at)
    if not event.delegated or (isinstance(event.term, facts.Comprehension) and event.term.kind == "generator"):
        code = f"[{code}]"
    else:
        code = f"list({code})"
    edit = Edit(module.span(step.block, event.at), f"return {code}")
    return Fix("Return a list", (FileEdit(module.path, edit),), safe=True)


# --- a function that runs it -------------------------------------------------------------------------------


def is_endless(scope: Scope) -> bool:
    """Whether a loop of a function has no end: `while True:` that nothing leaves."""
    regions = scope.regions
    for index, region in enumerate(regions):
        is_true = isinstance(region.subject, facts.Constant) and bool(region.subject.value)
        if is_true and regions[region.parent].flow is Flow.LOOP and region.flow is Flow.BRANCH:
            inner = [each for number, each in enumerate(regions) if index in scope.enclosing(number)]
            if all(each.ending is Ending.NONE for each in inner):
                return True
    return False


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A function below `scope` that calls it and runs what that gives, to be sent by the name `name`."""

    scope: Scope
    send: Send
    name: str

    def fix(self) -> Fix:
        """Return the repair."""
        module, send = self.scope.module, self.send
        text = module.document.text
        changes = [(send.site.block.place(send.term.at), self.name)]
        runner = "list"
        if self.scope.is_async:
            found = importing(module, "asyncio", "run", [module.scope], self.scope.block.start)
            runner = found.code if found else "asyncio.run"
            if found and found.change:
                changes.append(found.change)
        end = with_comments(text, whole_lines(text, self.scope.block.place(self._own.at)))[1]
        line = module.text.newline
        gap = line * (2 if text[:end].endswith(("\n", "\r")) else 3)
        changes.append(((end, end), gap + self._code(runner)))
        edits = tuple(replacement(module, extent, code) for extent, code in changes)
        return Fix(f"Send a function that {'runs' if self.scope.is_async else 'lists'} it", edits, safe=True)

    @property
    def _own(self) -> facts.Scope:
        assert self.scope.facts is not None  # noqa: S101 - it is a function
        return self.scope.facts

    def _code(self, runner: str) -> str:
        module = self.scope.module
        parameters = self._parameters()
        lines = [
            f"def {self.name}({parameters}):",
            f"{indent_unit(module.document.text)}return {runner}({self.scope.name}({parameters}))",
        ]
        return "".join(line + module.text.newline for line in lines)

    def _parameters(self) -> str:
        own = self.scope.parameters
        is_simple = not any(each.stars or each.default is not None or each.keyword_only for each in own)
        return ", ".join(each.name for each in own) if is_simple else "*args, **kwargs"
