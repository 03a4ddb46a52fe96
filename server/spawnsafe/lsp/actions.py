"""Code actions: the repairs of findings, and all safe ones at once. Used on the analysis thread alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from lsprotocol import types

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.lsp.convert import Converter
from spawnsafe.lsp.documents import is_in_no_file
from spawnsafe.lsp.projects import Projects
from spawnsafe.lsp.report import Report
from spawnsafe.refactorings import Sort, refactorings
from spawnsafe.repair import Repairs
from spawnsafe.source import Edit, Point, Span, difference

QUICK_FIX = "quickfix.spawnsafe"
"""Followed by the code of the rule."""
REFACTOR = "refactor.{}.spawnsafe"
FIX_ALL = "source.fixAll.spawnsafe"

_Kinds: TypeAlias = Sequence[types.CodeActionKind | str] | None


class Actions:
    """Offers code actions and adds their edits."""

    def __init__(self, projects: Projects, convert: Converter) -> None:
        self._projects = projects
        self._convert = convert

    def offer(self, report: Report, touched: Span, context: types.CodeActionContext) -> list[types.CodeAction]:
        """Return the actions for a place, with their edits unless the client fetches those in its own time.

        What the client says that it sees in the range is not looked at: not every client does say.
        """
        only = context.only
        found = list(self._quick_fixes(report, touched, only))
        found += self._refactorings(report, touched, only)
        if _is_wanted(FIX_ALL, only) and (_has_safe_fix(report) if only else any(each.is_preferred for each in found)):
            title = "Apply all safe fixes of spawnsafe"
            found.append(types.CodeAction(title=title, kind=FIX_ALL, data=_data(report)))
        if self._convert.client.resolves_edits:
            return found
        return [action for action in found if self.resolve(report, action).edit]

    def resolve(self, report: Report, action: types.CodeAction) -> types.CodeAction:
        """Add the edit to an action that was offered for the version of the report."""
        data = action.data if isinstance(action.data, dict) else {}
        match data:
            case {"fix": [index, number]}:
                action.edit = self._convert.workspace_edit(report.fixes(index)[number].edits)
            case {"refactoring": [number, *place]}:
                span = Span(Point(*place[:2]), Point(*place[2:]))
                action.edit = self._convert.workspace_edit(list(refactorings(report.module, span))[number].fix.edits)
            case _ if edit := self._fix_all(report, data.get("rule")):
                action.edit = self._convert.workspace_edit([FileEdit(report.snapshot.path, edit)])
        return action

    def _quick_fixes(self, report: Report, touched: Span, only: _Kinds) -> Iterator[types.CodeAction]:
        rules = Counter(diagnostic.rule.code for diagnostic in report.diagnostics)
        several: dict[str, types.CodeAction] = {}
        for index, diagnostic in enumerate(report.diagnostics):
            code = diagnostic.rule.code
            kind = f"{QUICK_FIX}.{code}"
            if not diagnostic.finding.span.overlaps(touched) or not _is_wanted(kind, only):
                continue
            for number, fix in enumerate(report.fixes(index)):
                if not self._is_possible(fix):
                    continue
                yield types.CodeAction(
                    title=fix.title,
                    kind=kind,
                    diagnostics=[report.items[index]],
                    is_preferred=fix.safe and number == 0,
                    data=_data(report, fix=[index, number]),
                )
                if fix.safe and number == 0 and rules[code] > 1:
                    title = f"Fix all {code} in this file"
                    several[code] = types.CodeAction(title=title, kind=kind, data=_data(report, rule=code))
        yield from several.values()

    def _is_possible(self, fix: Fix) -> bool:
        """Whether the client can do all that a fix does: not every one makes files, and none does beside no file."""
        new = [edit.path for edit in fix.edits if self._projects.is_new(edit.path)]
        return not new or (self._convert.client.creates_files and not any(map(is_in_no_file, new)))

    def _refactorings(self, report: Report, span: Span, only: _Kinds) -> Iterator[types.CodeAction]:
        """Yield the refactorings for a place, but for those that are the repair of something found there."""
        if not any(_is_wanted(REFACTOR.format(sort.value), only) for sort in Sort):
            return
        touched = [i for i, each in enumerate(report.diagnostics) if each.finding.span.overlaps(span)]
        repairs = {fix.edits for index in touched for fix in report.fixes(index)}
        numbers = (span.start.line, span.start.column, span.end.line, span.end.column)
        for number, each in enumerate(refactorings(report.module, span)):
            kind = REFACTOR.format(each.sort.value)
            if _is_wanted(kind, only) and each.fix.edits not in repairs:
                data = _data(report, refactoring=[number, *numbers])
                yield types.CodeAction(title=each.fix.title, kind=kind, data=data)

    def _fix_all(self, report: Report, rule: str | None = None) -> Edit | None:
        """Return one edit that does what all safe fixes do (of one rule), one after another until none is left."""
        if not report.diagnostics:
            return None
        path, text = report.snapshot.path, report.module.text
        repairs = Repairs(self._projects, may_change=path.__eq__)
        try:
            repairs.repair(path, rule)
            return difference(text, repairs.after.get(path, text.string))
        finally:
            repairs.undo({path})


def _has_safe_fix(report: Report) -> bool:
    return any(fix.safe for index in range(len(report.diagnostics)) for fix in report.fixes(index)[:1])


def _data(report: Report, **more: object) -> dict[str, object]:
    """Return what `resolve` needs to know an action again."""
    return {"uri": report.snapshot.uri, "version": report.snapshot.stamp, **more}


def _is_wanted(kind: str, only: _Kinds) -> bool:
    """Whether a kind is asked for, itself or by a kind above it; the empty kind is above all."""
    return not only or any(not asked or f"{kind}.".startswith(asked + ".") for asked in only)
