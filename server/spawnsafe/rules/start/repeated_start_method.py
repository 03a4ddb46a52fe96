"""A start method is chosen when it is fixed already."""

from collections.abc import Iterator

from spawnsafe.edits import move_under_guard
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, Moment, Repetition, Trouble, repetitions

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each choice that comes too late, in the program or in its workers."""
    for repetition in repetitions(module):
        yield Finding(
            span=repetition.moment.span_in(module),
            problem=f"{_fact(module, repetition)} {repetition.when}.",
            help=(
                'Choose it under `if __name__ == "__main__":`.'
                if repetition.first is None
                else "Choose it once, before anything needs it."
            ),
            when=repetition.when,
            trouble=repetition.start.maker.stillborn if repetition.start else Trouble.FAILS,
            notes=tuple(_notes(module, repetition)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the choice under the guard that is there."""
    for repetition in repetitions(module):
        if repetition.first is None and repetition.moment.span_in(module) == finding.span:
            fix = move_under_guard(module, repetition.moment.step)
            if fix is not None:
                yield fix
            return


def _fact(module: Module, repetition: Repetition) -> str:
    if repetition.first is None:
        return "Workers have a start method before they import this module and choose one here, so they fail"
    if repetition.first.step is repetition.moment.step:
        return "The start method is chosen here a second time, so it fails"
    return f"`{_code(module, repetition.first)}` has fixed the start method, so choosing one here fails"


def _notes(module: Module, repetition: Repetition) -> Iterator[Note]:
    for moment in (repetition.moment, repetition.first):
        if moment is not None:
            home = moment.step.scope.module
            own = home.span(moment.step.block, moment.step.event.at)
            if moment.chain and not (home is module and own == moment.span_in(module)):
                yield Note("It is called here.", home.path, own)
    if repetition.first is not None:
        yield Note("The start method is fixed here.", module.path, repetition.first.span_in(module))


def _code(module: Module, moment: Moment) -> str:
    code = module.text[moment.span_in(module)]
    return code.partition("(")[0] if "\n" not in code.partition("(")[0] else "This call"
