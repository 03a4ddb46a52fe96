"""A process is made and not started, so its target does not run in a worker."""

from collections.abc import Iterator

from spawnsafe.edits import start_process
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Oversight, Trouble, Unstarted, unstarted

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each process that nothing starts, or that is run in the parent."""
    for each in unstarted(module):
        yield Finding(
            span=module.span(each.step.block, each.term.at),
            problem=f"{_fact(each)} {each.when}.",
            help=_help(each),
            when=each.when,
            trouble=_trouble(each),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Start it."""
    for each in unstarted(module):
        if module.span(each.step.block, each.term.at) == finding.span:
            fix = start_process(module, each)
            if fix is not None:
                yield fix
            return


def _trouble(each: Unstarted) -> Trouble:
    fails = each.oversight is Oversight.GROUP or (each.oversight is Oversight.NEVER and each.asked)
    return Trouble.FAILS if fails else Trouble.LOSES


def _fact(each: Unstarted) -> str:
    match each.oversight:
        case Oversight.GROUP:
            return "The first parameter of `Process` is reserved, and its target is given for it, so it fails"
        case Oversight.RUN:
            return "`run` runs the target here, in the parent, so no process starts"
        case Oversight.UNCALLED:
            return "`start` is not called here, so the process runs nothing"
        case Oversight.NEVER if each.asked:
            return f"This process is never started, so its `{each.asked}` fails"
        case Oversight.NEVER:
            return "This process is never started, so it runs nothing"


def _help(each: Unstarted) -> str:
    if each.oversight is Oversight.GROUP:
        return "Pass it as `target`."
    return "Start it." if each.oversight is Oversight.NEVER else "Call `start`."
