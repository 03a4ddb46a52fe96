"""A comment is to suppress a finding that there is not."""

from collections.abc import Iterator

from spawnsafe.edits import drop_ignore, replace_code
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module
from spawnsafe.rules.wording import closest_name
from spawnsafe.suppress import Idle

KIND = Kind.ADVICE


def review(idle: Idle) -> Finding:
    """Report a comment, or a name in one, that suppresses nothing."""
    name = idle.name.text if idle.name else ""
    closest = closest_name(name)
    if not name:
        problem = "No rule finds anything here, so this comment suppresses nothing."
    elif closest == name:
        problem = f"`{name}` finds nothing here, so this comment suppresses nothing."
    else:
        problem = f"There is no rule `{name}`, so this comment suppresses nothing."
    return Finding(
        span=idle.span,
        problem=problem,
        help=f"Write `{closest}`." if closest not in ("", name) else "Remove it.",
    )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Correct the name, or take it away, with the comment if it is the only one."""
    name = module.text[finding.span]
    closest = closest_name(name)
    if closest not in ("", name):
        yield replace_code(module, finding.span, closest, f"Write `{closest}`")
    else:
        yield from drop_ignore(module, finding.span)
