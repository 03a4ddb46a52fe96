"""A pool is used, or its result is read, after it has ended."""

from collections.abc import Iterator
from dataclasses import replace

from spawnsafe.edits import list_of_results, move_into_with
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import EVERYWHERE, Life, Module, Step, Task, Trouble, called_by, method_of, receiver_of

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each read of a result that need not come any more, and each task for a pool that takes no more."""
    for task, life, step in _reads(module):
        reading = f"`{receiver_of(step) or 'result'}.{method_of(step)}`" if method_of(step) else "reading the results"
        yield _hanging(
            module,
            life,
            step,
            f"{_end(life, step)} ends the pool without waiting for `{_call(task.step)}`, so {reading}",
            f"Read {'the results' if task.is_iterated else 'the result'} {_before(life, step)}.",
        )
    for task, life, step in _returns(module):
        yield _hanging(
            module,
            life,
            step,
            f"Returning ends the pool without waiting for `{_call(task.step)}`, so reading what is returned",
            "Return a list of the results." if task.is_iterated else "Return what `get()` gives.",
        )
    for life, step in _tasks(module):
        noun = life.workers.maker.noun
        yield _finding(
            module,
            life,
            step,
            f"{_end(life, step)} {'ends' if noun == 'pool' else 'shuts down'} the {noun}, so `{_call(step)}` fails",
            f"Call it {_before(life, step)}.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Read the result, or use the pool, inside the `with`; return a list."""
    found = [(life, step) for _, life, step in _reads(module)]
    for life, step in (*found, *_tasks(module)):
        end = life.end_before(step)
        if isinstance(end, tuple) and module.span(step.block, step.event.at) == finding.span:
            fix = move_into_with(module, step, *end)
            if fix is not None:
                yield fix
    for task, _, step in _returns(module):
        if task.is_iterated and module.span(step.block, step.event.at) == finding.span:
            fix = list_of_results(module, step)
            if fix is not None:
                yield fix


def _hanging(module: Module, life: Life, step: Step, problem: str, help_: str) -> Finding:
    trouble = Trouble.HANGS
    return replace(_finding(module, life, step, f"{problem} {trouble.value}", help_), trouble=trouble)


def _finding(module: Module, life: Life, step: Step, problem: str, help_: str) -> Finding:
    made = module.span(life.made.block, life.made.event.at)
    return Finding(
        span=module.span(step.block, step.event.at),
        problem=f"{problem} {EVERYWHERE}.",
        help=help_,
        notes=(Note(f"The {life.workers.maker.noun} is made here.", module.path, made),),
    )


def _reads(module: Module) -> Iterator[tuple[Task, Life, Step]]:
    for task in module.tasks:
        if task.life is not None:
            yield from ((task, task.life, step) for step in task.late_reads)


def _returns(module: Module) -> Iterator[tuple[Task, Life, Step]]:
    for task in module.tasks:
        if task.life is not None:
            yield from ((task, task.life, step) for step in task.late_returns)


def _tasks(module: Module) -> Iterator[tuple[Life, Step]]:
    for life in module.pool_lives:
        for step in life.late_tasks:
            yield life, step


def _call(step: Step) -> str:
    return called_by(step) or f"pool.{method_of(step)}"


def _end(life: Life, step: Step) -> str:
    end = life.end_before(step)
    return f"`{_call(end)}`" if isinstance(end, Step) else "The `with`"


def _before(life: Life, step: Step) -> str:
    end = life.end_before(step)
    return f"before `{_call(end)}`" if isinstance(end, Step) else "inside the `with`"
