"""Items are to be sent in chunks of a size that cannot be."""

from collections.abc import Iterator

from spawnsafe.edits import enough
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Amount, Defect, Module, Trouble, chunk_sizes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each size of chunks that is less than one, at least for few items, or is no integer."""
    for amount in chunk_sizes(module):
        fix = enough(module, amount)
        yield Finding(
            span=module.span(amount.site.block, amount.term.at),
            problem=f"{_fact(module, amount)} {amount.when}.",
            help=f"{fix.title}." if fix is not None else "Leave out `chunksize`, or make it an integer from 1 on.",
            when=amount.when,
            trouble=_trouble(amount),
            kind=Kind.ADVICE if amount.defect is Defect.SMALL_AT_TIMES else None,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Ask for a whole number, and for one item at least."""
    for amount in chunk_sizes(module):
        if module.span(amount.site.block, amount.term.at) == finding.span:
            fix = enough(module, amount)
            if fix is not None:
                yield fix
            return


def _trouble(amount: Amount) -> Trouble:
    if amount.send is None or not amount.send.sender.is_chunked:
        return Trouble.FAILS
    return {Defect.KIND: Trouble.FAILS, Defect.FLOAT: Trouble.HANGS}.get(amount.defect, Trouble.LOSES)


def _fact(module: Module, amount: Amount) -> str:
    code = module.code(amount.site.block, amount.term.at)
    subject, api = f"`{code}`" if "\n" not in code else "This size", f"`{amount.api}`"
    is_whole = amount.send is not None and amount.send.sender.is_chunked
    lost = f"{api} gives `None` for each item" if is_whole else f"{api} fails"
    match amount.defect:
        case Defect.KIND:
            return f"{subject} is no size of chunks, so {api} fails"
        case Defect.FLOAT:
            return f"{subject} is a `float` and no size of chunks, so {api} {'hangs' if is_whole else 'fails'}"
        case Defect.SMALL:
            return f"{subject} is less than 1{' by default' if amount.is_default else ''}, so {lost}"
        case _:  # no size is too great
            return f"{subject} is less than 1 when there are few items, so then {lost}"
