"""A pool or executor is asked for a number of workers that cannot be."""

from collections.abc import Iterator

from spawnsafe.edits import enough, one_each
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import MOST_ON_WINDOWS, Amount, Defect, Module, worker_counts

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each number of workers that is less than one, if only on small machines, too great, or no integer."""
    for amount in worker_counts(module):
        fix = _fix(module, amount)
        yield Finding(
            span=module.span(amount.site.block, amount.term.at),
            problem=f"{_fact(module, amount)} {amount.when}.",
            help=_act(amount, fix),
            when=amount.when,
            kind=Kind.ADVICE if _is_advice(amount) else None,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Ask for a whole number, for one worker at least, and for one for each CPU at most."""
    for amount in worker_counts(module):
        if module.span(amount.site.block, amount.term.at) == finding.span:
            fix = _fix(module, amount)
            if fix is not None:
                yield fix
            return


def _fix(module: Module, amount: Amount) -> Fix | None:
    return enough(module, amount) or one_each(module, amount)


def _act(amount: Amount, fix: Fix | None) -> str:
    if fix is not None:
        return f"{fix.title}."
    if amount.defect is Defect.MANY:
        return f"Ask for {MOST_ON_WINDOWS} at most."
    if amount.defect is Defect.MULTIPLE:
        return "Ask for one worker for each CPU."
    return "Ask for an integer from 1 on, or for none."


def _is_advice(amount: Amount) -> bool:
    return amount.defect is Defect.MULTIPLE or (amount.defect is Defect.SMALL_AT_TIMES and amount.most == 1)


def _fact(module: Module, amount: Amount) -> str:
    code = module.code(amount.site.block, amount.term.at)
    subject = f"`{code}`" if "\n" not in code else "This number"
    match amount.defect:
        case Defect.KIND:
            return f"{subject} is no number of workers, so `{amount.api}` fails"
        case Defect.FLOAT:
            return f"{subject} is a `float` and no number of workers, so `{amount.api}` fails"
        case Defect.SMALL:
            return f"{subject} is less than 1{' by default' if amount.is_default else ''}, so `{amount.api}` fails"
        case Defect.MULTIPLE:
            return f"{subject} is more than there are CPUs, so the workers of `{amount.api}` wait for each other"
        case Defect.SMALL_AT_TIMES:
            machine = "one CPU" if amount.most == 1 else f"{amount.most} CPUs"
            return f"{subject} is less than 1 on a machine with {machine}, so `{amount.api}` fails there"
        case Defect.MANY:
            most = f"the {MOST_ON_WINDOWS} workers that Windows can wait for"
            return f"{subject} is more than {most}, so `{amount.api}` fails there"
