"""Makes amounts whole, 1 at least, and no more than there are CPUs."""

from dataclasses import replace

from spawnsafe.edits.replace import replace_code
from spawnsafe.findings import Fix
from spawnsafe.model.calls.amounts import Amount, Defect
from spawnsafe.model.calls.numbers import CPUS, number
from spawnsafe.model.module import Module
from spawnsafe.syntax import facts

_LONGEST = 60


def enough(module: Module, amount: Amount) -> Fix | None:
    """Return the repair that asks for a whole number, for 1 at least; None for what is written down."""
    if amount.defect not in (Defect.FLOAT, Defect.SMALL_AT_TIMES):
        return None
    block, term = amount.site.block, amount.term
    code = module.code(block, term.at)
    if amount.defect is Defect.FLOAT:
        if isinstance(term, facts.Constant):
            return None
        code = f"int({code})"
        if isinstance(term, facts.Combined) and term.operator == "/":
            left, right = (module.code(block, part.at) for part in term.parts)
            between = module.code(block, (term.parts[0].at[1], term.parts[1].at[0]))
            code = left + between.replace("/", "//", 1) + right
    code = f"max(1, {code})"
    title = f"Ask for `{code}`" if len(code) <= _LONGEST and "\n" not in code else "Ask for 1 at least"
    return replace_code(module, module.span(block, term.at), code, title)


def one_each(module: Module, amount: Amount) -> Fix | None:
    """Return the repair that asks for as many workers as there are CPUs: a product without its other factor.

    Where no Python before 3.13 comes, those count that the process may use. It is never safe, for some tasks do wait.
    """
    block, term = amount.site.block, amount.term
    if amount.defect is not Defect.MULTIPLE or not isinstance(term, facts.Combined) or term.operator != "*":
        return None
    counts = [part for part in term.parts if (found := number(part, amount.site)) is not None and found.of == CPUS]
    if len(counts) != 1:
        return None
    span, code = module.span(block, term.at), module.code(block, counts[0].at)
    if code == "os.cpu_count()" and all(target.python >= (3, 13) for target in module.targets_at(span)):
        code = "os.process_cpu_count()"
    return replace(replace_code(module, span, code, "Ask for one worker for each CPU"), safe=False)
