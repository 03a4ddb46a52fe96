"""What is found in a document at one version. Used on the analysis thread alone."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types

from spawnsafe.check import Diagnostic, fixes
from spawnsafe.findings import Fix
from spawnsafe.lsp.documents import Snapshot
from spawnsafe.lsp.suppression import suppressions
from spawnsafe.model import Module
from spawnsafe.settings import Settings


@dataclass(frozen=True, eq=False)
class Report:
    """The diagnostics of a document at one version."""

    snapshot: Snapshot
    module: Module
    senders: list[Module]
    """The other files that the diagnostics depend on: their workers run functions of the document."""
    checked: Module
    """The module in which they were found; edits since then, if any, can have moved them and nothing else."""
    around: int
    """The number of the changes around the file when it was looked at."""
    settings: Settings
    diagnostics: list[Diagnostic]
    items: list[types.Diagnostic]
    """The same as the client gets them, in the same order."""
    uris: list[str]
    """In which of the client's documents each of them is."""
    result_id: str
    """Equal to that of an earlier report of the document only if the items are."""
    folder: Path | None = None
    """Where the client can make a file of settings, if there is none."""
    fixes_found: dict[int, list[Fix]] = field(default_factory=dict)
    """Those that were asked for already, by the index of the diagnostic."""

    def items_of(self, uri: str) -> list[types.Diagnostic]:
        """Return what is in one of the client's documents."""
        return [item for item, home in zip(self.items, self.uris, strict=True) if unquote(home) == unquote(uri)]

    def fixes(self, index: int) -> list[Fix]:
        """Return the repairs of the diagnostic of that index, the preferred one first, and then what suppresses it."""
        if index not in self.fixes_found:
            self.fixes_found[index] = [
                *fixes(self.module, self.diagnostics[index]),
                *suppressions(self.module, self.diagnostics[index], self.folder),
            ]
        return self.fixes_found[index]
