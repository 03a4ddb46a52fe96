"""Workers that end themselves in the middle of what they were sent to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.exceptions import catches
from spawnsafe.model.flow import Run, evaluate, reached
from spawnsafe.model.names import Site, Step
from spawnsafe.model.order import passes
from spawnsafe.model.values import External, Product, Value
from spawnsafe.model.workers import Visit, Work
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_SYSTEM_EXIT = External("builtins.SystemExit")
_PARSER = "argparse.ArgumentParser()"
_RAISING = frozenset({"sys.exit", "builtins.exit", "builtins.quit", f"{_PARSER}.error", f"{_PARSER}.exit"})
_AT_ONCE = frozenset({"os._exit", "os.abort"})


@dataclass(frozen=True, slots=True)
class Exit:
    """A worker ends itself at `site`: by a call, or by raising the exception that `term` is.

    `is_at_once` says that it ends as by `os._exit`: there is nothing to catch, and nothing that the parent is told.
    """

    work: Work
    visit: Visit
    term: facts.Term
    site: Site
    is_at_once: bool

    @property
    def name(self) -> str:
        """How the program calls what ends the worker, such as `sys.exit`."""
        called = self.term.function if isinstance(self.term, facts.Call) else self.term
        return self.site.scope.module.code(self.site.block, called.at)


def exits(module: "Module") -> Iterator[Exit]:
    """Yield where the workers of pools and executors end themselves, and nothing keeps them from it."""
    for work in module.told_works:
        if work.send.workers.maker in (apis.POOL, apis.EXECUTOR, apis.PROCESS_MAP):
            for visit in work.visits:
                for step in visit.scope.steps:
                    yield from (found for found in _exits_at(step, visit, work) if module.tells(found, work.send))


def _exits_at(step: Step, visit: Visit, work: Work) -> Iterator[Exit]:
    term, values = _ending(step)
    names = {value.name for value in values if isinstance(value, External | Product)}
    if term is None or len(names) < len(values):
        return
    is_at_once = bool(names & _AT_ONCE)
    if not is_at_once and (not names & {*_RAISING, _SYSTEM_EXIT.name} or visit.is_sheltered or _is_kept(step, visit)):
        return
    if reached(step.site, Run.IMPORTED) and all(passes(step.site, call) for call in visit.chain[-1:]):
        yield Exit(work, visit, term, step.site, is_at_once)


def is_exit(step: Step) -> bool:
    """Whether a step surely calls what ends the process."""
    _, values = _ending(step)
    names = {value.name if isinstance(value, External | Product) else "" for value in values}
    return isinstance(step.event, facts.Invoke) and bool(names) and names <= _RAISING | _AT_ONCE


def _ending(step: Step) -> tuple[facts.Term | None, tuple[Value, ...]]:
    """Return the call or the exception by which a step may end its process, with what is called or raised."""
    match step.event:
        case facts.Invoke(call=call):
            return call, evaluate(call.function, step.site)
        case facts.Raise(term=facts.Term() as term):
            return term, evaluate(term, step.site)
        case _:
            return None, ()


def _is_kept(step: Step, visit: Visit) -> bool:
    """Whether something on the way to a step catches `SystemExit`, or a `finally` leaves its function instead."""
    sites = (step.site, *(call.site for call in visit.chain))
    return any(catches(site, _SYSTEM_EXIT) or _leaves_otherwise(site) for site in sites)


def _leaves_otherwise(site: Site) -> bool:
    scope = site.scope
    tries = [scope.regions[index] for index in scope.enclosing(site.region) if scope.regions[index].flow is Flow.TRY]
    groups = {(region.group, region.parent) for region in tries}
    return any(
        region.flow is Flow.ALWAYS and region.ending is Ending.SCOPE and (region.group, region.parent) in groups
        for region in scope.regions
    )
