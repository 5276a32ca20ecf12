"""The entries of the palette: commands, filters, surveys and respondents, targets, settings and captures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from inspector.base.errors import InspectorError
from inspector.base.quantity import counted
from inspector.base.visible import shortened, visible
from inspector.domain.capture.rows import CaptureRow, TreeRow
from inspector.domain.query.scope import Scope
from inspector.domain.replay.address_text import short_address
from inspector.gui.kit.context.actions import Actions
from inspector.gui.kit.context.command_table import CAPTURE, COMMANDS, Command
from inspector.gui.kit.context.window import Window
from inspector.gui.kit.labels import isolated
from inspector.gui.palette.entry import RESPONDENTS_MARK, PaletteEntry, split_mark
from inspector.gui.surveys.node import Node
from inspector.session.preferences import Preference
from inspector.settings.setting import Value

MOST_FOUND = 20
_SURVEYS = 50
_CAPTURES = 8
_LONGEST = 60
_LEFT_OUT = ("palette",)
_ASKS = "asks before the first delivery"
_REPLAY_TO = re.compile(r"\s*replay\s+to\s+(?P<to>\S+)\s*", re.IGNORECASE)


class EntrySources:
    """Collects entries from bounded reads. Only `search` reads in a thread."""

    def __init__(
        self,
        window: Window,
        actions: Actions,
        open_setting: Callable[[str], None],
        replay_to: Callable[[str], None],
        apply_filter: Callable[[str], None],
    ) -> None:
        self._window = window
        self._session = window.session
        self._mask = window.screen_mask
        self._actions = actions
        self._open_setting = open_setting
        self._replay_to = replay_to
        self._apply_filter = apply_filter
        self._seen: list[int] = []

    def look_at(self, capture_id: int | None) -> None:
        """Remember a selected capture."""
        if capture_id is not None:
            self._seen = [capture_id, *(one for one in self._seen if one != capture_id)][:_CAPTURES]

    def entries(self, has_capture: bool, recent: Iterable[str] = ()) -> list[PaletteEntry]:
        """Return the current entries, without those that only `search` finds.

        `has_capture`: whether a capture is selected. `recent`: the keys of the entries that were run last.
        """
        surveys = self._session.groups.surveys(limit=_SURVEYS).rows
        return [
            *self._commands(has_capture),
            *self._filters(),
            *map(self._survey, surveys),
            *self._recent_respondents(recent, {row.survey_id: row for row in surveys}),
            *self._targets(),
            *self._captures(),
            *self._settings(),
        ]

    async def search(self, typed: str) -> list[PaletteEntry]:
        """Return surveys and respondents whose name or id contains every typed word; for `@`, the latest."""
        mark, text = split_mark(typed)
        if not text and mark != RESPONDENTS_MARK:
            return []
        surveys, respondents = await self._session.groups.search_names(text, MOST_FOUND)
        return [*map(self._survey, surveys), *map(self._respondent, respondents)]

    def capture(self, typed: str) -> PaletteEntry:
        """Return the entry for `#17`, which selects capture 17."""
        number = split_mark(typed)[1]
        is_number = number.isascii() and number.isdigit() and len(number) < 16
        there = is_number and int(number) in self._session.captures.rows([int(number)])
        reason = "" if there else "no capture with this number" if is_number else "type a number"
        return PaletteEntry(
            key=f"capture:{number}",
            kind="capture",
            title=f"Go to capture {number}".strip(),
            part="Recent",
            icon="arrow-right",
            reason=reason,
            run=partial(self._window.select_capture, int(number) if there else 0),
        )

    # ---- commands

    def _commands(self, has_capture: bool) -> list[PaletteEntry]:
        return [
            self._command(command, has_capture)
            for command in COMMANDS
            if command.name not in _LEFT_OUT and self._actions[command.name].isVisible()
        ]

    def _command(self, command: Command, has_capture: bool) -> PaletteEntry:
        action = self._actions[command.name]
        is_possible = action.isEnabled() and (has_capture or command.part != CAPTURE)
        return PaletteEntry(
            key=f"command:{command.name}",
            kind="command",
            title=action.text().replace("&", ""),
            hint=command.hint,
            part="Commands",
            icon=command.icon,
            keys=self._actions.caps(command.name),
            reason="" if is_possible else command.why_not(has_capture),
            run=action.trigger,
        )

    def _filters(self) -> list[PaletteEntry]:
        return [
            PaletteEntry(
                key=f"filter:{one.name}",
                kind="filter",
                title=self._mask.about(visible(one.name), one.query),
                hint="filter" if count is None else f"filter, {counted(count, 'capture')}",
                also="" if self._mask.is_on else one.query,
                part="Filters",
                icon="bell" if one.is_alerting else "funnel",
                run=partial(self._apply_filter, one.name),
            )
            for one, count in self._session.filter_counts.all()
            if one.query
        ]

    # ---- surveys and respondents

    def _survey(self, row: TreeRow) -> PaletteEntry:
        node = Node(kind="survey", key=row.survey_id, row=row, name_of=self._mask.name)
        invalid = f", {row.mix.invalid:,} invalid" if row.mix.invalid else ""
        return PaletteEntry(
            key=f"survey:{row.survey_id}",
            kind="survey",
            title=shortened(node.text, _LONGEST),
            hint=f"survey, {row.captures:,} capture{'' if row.captures == 1 else 's'}{invalid}",
            part="Surveys and respondents",
            icon="list",
            run=partial(self._window.show_scope, Scope(part="surveys", survey_id=row.survey_id)),
        )

    def _respondent(self, row: TreeRow) -> PaletteEntry:
        scope = Scope(part="surveys", survey_id=row.survey_id, group_id=row.group_id, user_id=row.user_id)
        node = Node(kind="respondent", key=row.user_id or "", row=row, name_of=self._mask.name)
        survey = Node(kind="survey", key=row.survey_id, row=row, name_of=self._mask.name).text
        facts = (
            "respondent",
            isolated(shortened(survey, _LONGEST)),
            node.note if row.mark is not None else "",
        )
        return PaletteEntry(
            key=f"respondent:{json.dumps([row.survey_id, row.group_id, row.user_id])}",
            kind="respondent",
            title=shortened(node.text, _LONGEST),
            hint=", ".join(filter(None, facts)),
            part="Surveys and respondents",
            icon="user",
            run=partial(self._window.show_scope, scope),
        )

    def _recent_respondents(
        self, recent: Iterable[str], surveys: dict[str, TreeRow]
    ) -> Iterable[PaletteEntry]:
        """Yield the recent respondents whose survey is in this file."""
        for key in recent:
            ids = _ids(key)
            if ids is not None and ids[0] in surveys:
                name = surveys[ids[0]].name
                yield self._respondent(TreeRow(survey_id=ids[0], group_id=ids[1], user_id=ids[2], name=name))

    # ---- targets

    def _targets(self) -> Iterable[PaletteEntry]:
        urls = {target.name: target.url for target in self._session.targets.names()}
        for to in dict.fromkeys((*self._session.replays.used_targets, *urls)):
            yield self._target(to, urls.get(to))

    def new_target(self, typed: str) -> list[PaletteEntry]:
        """Return the entry for `replay to localhost:4000`, unless that target is known or not an address."""
        match = _REPLAY_TO.fullmatch(typed)
        if match is None or split_mark(typed)[0]:
            return []
        try:
            url = self._session.targets.address(match["to"])
        except InspectorError:
            return []
        names = self._session.targets.names()
        known = (
            *self._session.replays.used_targets,
            *(name for one in names for name in (one.name, one.url)),
        )
        if short_address(url) in map(short_address, known):
            return []
        return [self._target(url, None, match["to"])]

    def _target(self, to: str, url: str | None, typed: str = "") -> PaletteEntry:
        """Return the entry of a target. `url`: the URL of a named one."""
        host = (urlsplit(url or to).hostname or "").lower()
        asks = host not in self._session.hosts.names and not _is_local(host)
        name = shortened(visible(self._mask.sentence(short_address(to))), _LONGEST)
        return PaletteEntry(
            key=f"target:{to}",
            kind="target",
            title=f"Replay to {name}{'…' if asks else ''}",
            hint=_ASKS if asks else "" if url is None else self._mask.sentence(visible(url)),
            also=typed,
            part="Targets",
            icon="target",
            reason="" if self._actions["replay"].isEnabled() else "no captures listed",
            run=partial(self._replay_to, to),
        )

    # ---- captures that were selected before

    def _captures(self) -> list[PaletteEntry]:
        rows = self._mask.rows(self._seen)
        return [
            PaletteEntry(
                key=f"capture:{one}",
                kind="capture",
                title=f"Capture {one}",
                hint=", ".join(_about(rows[one])),
                part="Recent",
                icon="arrow-right",
                run=partial(self._window.select_capture, one),
            )
            for one in self._seen
            if one in rows
        ]

    # ---- settings

    def _settings(self) -> Iterable[PaletteEntry]:
        for preference in self._session.preferences.all():
            yield PaletteEntry(
                key=f"setting:{preference.name}",
                kind="setting",
                title=preference.title,
                hint=shortened(visible(preference.phrase), _LONGEST),
                also=f"settings {preference.part} {preference.name.replace('_', ' ')} {preference.help}",
                part="Settings",
                icon="settings",
                run=partial(self._open_setting, preference.name),
            )
            yield from self._choices(preference)

    def _choices(self, preference: Preference) -> Iterable[PaletteEntry]:
        """Yield one entry per value that can be selected at once, such as `Theme dark`."""
        choices: tuple[tuple[Value, str], ...] = preference.choices
        if preference.kind == "switch":
            choices = ((True, "on"), (False, "off"))
        for value, label in choices:
            is_current = value == preference.in_force
            yield PaletteEntry(
                key=f"choice:{preference.name}:{value}",
                kind="choice",
                title=f"{preference.title} {label if label.isupper() else label.lower()}",
                hint="current" if is_current else "at once" if preference.is_live else "after a restart",
                part="Settings",
                icon="settings",
                run=partial(self._save, preference.name, value),
            )

    def _save(self, name: str, value: Value) -> None:
        save = self._session.preferences.save(name, value)
        self._window.runner.run(save, f"save setting {name}")


def _ids(key: str) -> tuple[str, str, str] | None:
    """Return the ids in the key of a respondent: survey, group and user."""
    kind, _, text = key.partition(":")
    if kind != "respondent":
        return None
    try:
        ids = json.loads(text)
    except ValueError:
        return None
    if isinstance(ids, list) and [type(one) for one in ids] == [str, str, str]:
        return ids[0], ids[1], ids[2]
    return None


def _is_local(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def _about(row: CaptureRow) -> list[str]:
    names = ("survey_name", "user_id", "summary")
    return [isolated(visible(shortened(text, _LONGEST))) for name in names if (text := getattr(row, name))]
