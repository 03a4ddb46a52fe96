"""Answers what the features ask. Imported and used on the analysis thread alone: it brings libcst along."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from urllib.parse import unquote

from lsprotocol import types

from spawnsafe.check import Diagnostic, check, moved
from spawnsafe.discover import SUFFIXES, find_files
from spawnsafe.hints import hints
from spawnsafe.hover import hover
from spawnsafe.lenses import lenses
from spawnsafe.lsp.actions import Actions
from spawnsafe.lsp.client import Client
from spawnsafe.lsp.configuration import Configuration
from spawnsafe.lsp.convert import Codec, Converter
from spawnsafe.lsp.documents import Snapshot
from spawnsafe.lsp.projects import Projects
from spawnsafe.lsp.report import Report
from spawnsafe.model import Module, Targets, means_the_same
from spawnsafe.pages import advice_paths, read_page
from spawnsafe.rules import all_rules
from spawnsafe.settings import Settings
from spawnsafe.source import Shift


class Analysis:
    """The reports about the open documents, in the words of one client. `tell` shows one line to the user."""

    def __init__(self, client: Client, codec: Codec, tell: Callable[[str], None]) -> None:
        self._projects = Projects(tell)
        self._convert = Converter(codec, client, self._projects)
        self._actions = Actions(self._projects, self._convert)
        self._reports: dict[Path, Report] = {}
        self._result_ids = map(str, count(1))

    def sync(self, documents: Mapping[Path, Snapshot], configuration: Configuration) -> None:
        """Take over which documents are open, and what the editor set."""
        self._projects.sync(documents, configuration)
        for path in self._reports.keys() - documents.keys():
            del self._reports[path]

    def reread(self) -> None:
        """Look at settings and files on disk again."""
        self._projects.reread()

    def report(self, path: Path) -> Report | None:
        """Return the diagnostics of a document as it is now, None if it is not open."""
        if path not in self._projects.open:
            return None
        snapshot, last = self._projects.open[path], self._reports.get(path)
        module, settings = self._projects.module(path), self._projects.settings(path)
        around = self._projects.changes_around(path)
        known = last if last and last.settings is settings else None
        if known and known.module is module and (known.around == around or known.senders == module.senders):
            report: Report | None = replace(known, snapshot=snapshot, around=around)
        else:
            report = self._moved(known, snapshot, module) if known and known.around == around else None
        self._reports[path] = report or self._checked(snapshot, module, settings, last)
        return self._reports[path]

    def _moved(self, last: Report, snapshot: Snapshot, module: Module) -> Report | None:
        """Return the last report after an edit that can have changed nothing but places, None if it may have."""
        shift = Shift.between(last.module.document.text, module.document.text)
        found = moved(last.diagnostics, shift) if means_the_same(last.checked, module.document, shift) else None
        if found is None:
            return None
        report = replace(last, snapshot=snapshot, module=module, fixes_found={})
        if all(one is other for one, other in zip(last.diagnostics, found, strict=True)):
            return report
        items = list(map(self._convert.diagnostic, found))
        return replace(report, diagnostics=found, items=items, result_id=next(self._result_ids))

    def _checked(self, snapshot: Snapshot, module: Module, settings: Settings, last: Report | None) -> Report:
        """Return what a check finds now."""
        path, around, senders = module.path, self._projects.changes_around(module.path), module.senders
        diagnostics = [] if settings.excludes(path) else check(module, settings.policy(path))
        items = list(map(self._convert.diagnostic, diagnostics))
        uris = [self._convert.location(path, each.finding.span).uri for each in diagnostics]
        is_known = last is not None and (last.items, last.uris) == (items, uris)
        result_id = last.result_id if last and is_known else next(self._result_ids)
        folder = self._projects.folder(path) if self._convert.client.creates_files else None
        return Report(snapshot, module, senders, module, around, settings, diagnostics, items, uris, result_id, folder)

    def files(self, folders: Iterable[Path]) -> Iterator[Path]:
        """Yield the files of workspace folders that are to be checked, each once."""
        seen: set[Path] = set()
        for folder in folders:
            for path in find_files(folder, self._projects.settings_of, lambda _: suppress(OSError)):
                if path not in seen:
                    seen.add(path)
                    yield path

    def closed(self, path: Path) -> tuple[str, list[types.Diagnostic]]:
        """Return the URI of a file that need not be open, and what is found in it; nothing if it cannot be read."""
        uri, settings = self._projects.uri(path), self._projects.settings(path)
        try:
            if path.suffix not in SUFFIXES or settings.excludes(path) or not self._projects.is_relevant(path):
                return uri, []
            module = self._projects.module(path)
            found = check(module, settings.policy(path))
            return uri, [self._closed_item(module, each) for each in found]
        except (OSError, UnicodeDecodeError, SyntaxError):
            return uri, []

    def _closed_item(self, module: Module, diagnostic: Diagnostic) -> types.Diagnostic:
        """Return what a client shows of a file that is not open: of a notebook, it also says the cell."""
        item, notebook = self._convert.diagnostic(diagnostic), module.document.notebook
        if notebook is not None:
            cell, _ = notebook.locate(diagnostic.finding.span)
            item.message = f"In {cell.label}: {item.message}"
        return item

    def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """Return what there is to say about a place in a document."""
        path, first = self._projects.home(uri)
        if path not in self._projects.open:
            return None
        module = self._projects.module(path)
        found = hover(module, self._convert.point(module.text, position, first))
        return self._convert.hover(path, found) if found else None

    def inlay_hints(self, uri: str, place: types.Range) -> list[types.InlayHint]:
        """Return what a part of a document uses without saying it; nothing if the settings turn that off."""
        path, first = self._projects.home(uri)
        settings = self._projects.settings(path)
        if path not in self._projects.open or not settings.inlay_hints:
            return []
        module = self._projects.module(path)
        found = hints(module, self._convert.span(module.text, place, first), settings.inlay_hints, settings.targets)
        return [self._convert.inlay_hint(path, hint) for hint in found]

    def code_lenses(self, uri: str) -> list[types.CodeLens]:
        """Return what stands above the definitions of a document; nothing if the settings turn that off."""
        path, _ = self._projects.home(uri)
        if path not in self._projects.open or not self._projects.settings(path).code_lens:
            return []
        found = ((self._convert.location(path, lens.span), lens) for lens in lenses(self._projects.module(path)))
        return [self._convert.code_lens(place, lens) for place, lens in found if unquote(place.uri) == unquote(uri)]

    def actions(self, uri: str, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Return the code actions for a range of a document."""
        path, first = self._projects.home(uri)
        report = self.report(path)
        if report is None:
            return []
        return self._actions.offer(report, self._convert.span(report.module.text, params.range, first), params.context)

    def resolve(self, action: types.CodeAction) -> types.CodeAction | None:
        """Add the edit to an action; None if its document has changed since the action was offered."""
        data = action.data if isinstance(action.data, dict) else {}
        path, _ = self._projects.home(str(data.get("uri")))
        report = self.report(path)
        if report is None or data.get("version") != report.snapshot.stamp:
            return None
        return self._actions.resolve(report, action)

    def targets(self, path: Path) -> Targets:
        """Return where a file must run, open or not."""
        return Targets.of(*self._projects.settings(path).targets)

    def pages(self) -> list[dict[str, str]]:
        """Return the name, family, summary and URI of each rule's page, then of the pages of advice."""
        rows = [(rule.code, rule.family, rule.summary, rule.page) for rule in all_rules()]
        for name, path in advice_paths().items():
            summary, _, _ = read_page(path).intro.partition("\n")
            rows.append((name, "advice", summary, path))
        return [
            {"name": name, "family": family, "summary": summary, "uri": path.as_uri()}
            for name, family, summary, path in rows
        ]
