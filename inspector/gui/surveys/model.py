"""The model of the survey tree: bounded levels, read when they are opened and updated in place."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)

from inspector.domain.query.saved_filter import SavedFilter
from inspector.domain.query.scope import Scope
from inspector.gui.kit.labels import plain_tip
from inspector.gui.surveys.node import (
    BELL_WORDS,
    PAGE,
    Kind,
    Node,
    SavedFilterReader,
    TreeReader,
    unmasked,
    unverified_text,
)
from inspector.session.captures import Captures
from inspector.session.groups import Groups

Index = QModelIndex | QPersistentModelIndex
NODE_ROLE = Qt.ItemDataRole.UserRole

_NOWHERE = QModelIndex()
_BUDGET_S = 0.004
_ROOT = 0
# The order of kinds below one parent. Within a kind a new row comes first, and then keeps its position.
_RANK: dict[Kind, int] = {
    "all": 0, "pinned": 1, "filters": 2, "filter": 3, "caption": 4, "samples": 6, "unverified": 7, "loose": 8,
    "more": 9,
}  # fmt: skip
_RANK_OF_ROWS = 5


class SurveyModel(QAbstractItemModel):
    """Numbered nodes. An index has the number of its node, not an object that could be garbage-collected."""

    settled = Signal()
    """Emitted when every open level is up to date."""

    def __init__(
        self,
        groups: Groups,
        captures: Captures,
        parent: QObject | None = None,
        *,
        saved_filters: SavedFilterReader | None = None,
    ) -> None:
        """Without `saved_filters`, the tree has no part for them."""
        super().__init__(parent)
        self._reader = TreeReader(groups, captures, saved_filters)
        self._search = ""
        self._name_of: Callable[[str, str], str] = unmasked
        self._numbers = count(_ROOT + 1)
        self._nodes = {_ROOT: Node(kind="root", key="root", is_loaded=True)}
        self._queue: deque[int] = deque()
        self._is_changing = False
        self.retained: int | None = None
        """The number of the selected node, which stays even if newer nodes fill its page."""
        self._slice = QTimer(self)
        self._slice.setSingleShot(True)
        self._slice.timeout.connect(self._work)
        self._read(self._nodes[_ROOT])

    # ---- public interface

    @property
    def has_surveys(self) -> bool:
        """Whether there is any survey, in any part."""
        return any(self._nodes[number].child_kind for number in self._nodes[_ROOT].children)

    @property
    def is_searching(self) -> bool:
        """Whether only rows that contain the searched text are shown."""
        return bool(self._search)

    @property
    def is_only_partial(self) -> bool:
        """Whether only partial respondents are shown."""
        return self._reader.only_partial

    def draw_filters_by(self, filter_of: Callable[[SavedFilter], tuple[str, str]]) -> None:
        """Show the names and the queries of saved filters as returned by `filter_of`."""
        self._reader.filter_of = filter_of

    def draw_names_by(self, name_of: Callable[[str, str], str]) -> None:
        """Draw names as returned by `name_of`, which gets the sender's field and the name."""
        self._name_of = name_of
        for node in self._nodes.values():
            node.name_of = name_of

    @Slot()
    def refresh(self) -> None:
        """Read the open levels again, 4 ms at a time."""
        self._queue = deque(number for number, node in self._nodes.items() if node.is_loaded)
        self._work()

    @Slot()
    def refresh_filters(self) -> None:
        """Show the saved filters with their current counts."""
        if not self._search and not self.is_only_partial:
            root = self._nodes[_ROOT]
            others = [node for node in self._children(root) if node.kind not in ("filters", "filter")]
            self._sync(root, [*self._reader.filters(), *others])

    def filter_index(self, name: str) -> QModelIndex:
        """Return the index of a saved filter, or an invalid one."""
        for node in self._children(self._nodes[_ROOT]):
            if node.saved is not None and node.saved.name == name:
                return self._index(node.number)
        return QModelIndex()

    def search(self, text: str) -> None:
        """Show only rows that contain `text`, or all rows if it is empty."""
        if text.strip() != self._search:
            self._search = text.strip()
            self.refresh()

    @Slot(bool)
    def show_only_partial(self, only_partial: bool) -> None:
        """Show only partial respondents, or all."""
        if only_partial != self._reader.only_partial:
            self._reader.only_partial = only_partial
            self.refresh()

    def node(self, index: Index) -> Node:
        """Return the node of an index."""
        return self._nodes[index.internalId() if index.isValid() else _ROOT]

    def index_of(self, scope: Scope) -> QModelIndex:
        """Return the index of a scope if it has been read, otherwise an invalid index."""
        for number, node in self._nodes.items():
            if number != _ROOT and node.scope == scope:
                return self._index(number)
        return QModelIndex()

    def first_found(self) -> QModelIndex:
        """Return the first row whose name contains the searched text, otherwise an invalid index."""
        needle = self._search.casefold()
        pending = list(reversed(self._nodes[_ROOT].children))
        while pending:
            node = self._nodes[pending.pop()]
            if node.row is not None and needle in node.text.casefold():
                return self._index(node.number)
            pending += reversed(node.children)
        return QModelIndex()

    def show_more(self, index: Index) -> None:
        """Show another page of a level, given the index of its *Show n more* row."""
        parent = self._nodes[self.node(index).parent]
        parent.limit += PAGE
        self._read(parent)

    def unload(self, index: Index) -> None:
        """Remove the rows below a closed node."""
        node = self.node(index)
        if node.is_loaded and node.number != _ROOT:
            self._sync(node, ())
            node.is_loaded = False
            node.limit = PAGE

    # ---- Qt overrides

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        children = self.node(parent).children
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, index: Index = _NOWHERE) -> QModelIndex:  # type: ignore[override]
        if not index.isValid():
            return QModelIndex()
        return self._index(self.node(index).parent)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return len(self.node(parent).children)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        node = self.node(parent)
        return bool(node.children) or (node.child_kind is not None and not node.is_loaded)

    def canFetchMore(self, parent: Index) -> bool:
        node = self.node(parent)
        # Not while rows change, because a listener may call this and changes must not be nested.
        return node.child_kind is not None and not node.is_loaded and not self._is_changing

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._read(self.node(parent))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self.node(index).kind == "caption":
            return Qt.ItemFlag.NoItemFlags
        if self.node(index).kind == "filters":
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        node = self.node(index)
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.DisplayRole:
            return node.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            bell = BELL_WORDS[node.saved.bell] if node.saved is not None else ""
            parts = (node.text, node.note, unverified_text(node.unverified), bell)
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(node.tip)
        return None

    # ---- internals

    def _children(self, node: Node) -> list[Node]:
        return [self._nodes[number] for number in node.children]

    def _index(self, number: int) -> QModelIndex:
        if number == _ROOT:
            return QModelIndex()
        siblings = self._nodes[self._nodes[number].parent].children
        return self.createIndex(siblings.index(number), 0, number)

    @Slot()
    def _work(self) -> None:
        until = time.monotonic() + _BUDGET_S
        while self._queue:
            node = self._nodes.get(self._queue.popleft())
            if node is not None and node.is_loaded:
                self._read(node)
            if self._queue and time.monotonic() > until:
                self._slice.start(0)
                return
        self.settled.emit()

    def _read(self, node: Node) -> None:
        node.is_loaded = True
        if node.number == _ROOT:
            self._sync(node, self._reader.top(node.limit, self._search))
        else:
            wanted, may_lack = self._reader.below(node, self._search)
            self._sync(node, wanted, may_lack=may_lack)

    def _sync(self, parent: Node, wanted: Sequence[Node], *, may_lack: bool = False) -> None:
        """Set the children of a node. Existing ones keep their position, number and children."""
        self._is_changing = True
        try:
            self._change(parent, wanted, may_lack)
        finally:
            self._is_changing = False

    def _change(self, parent: Node, wanted: Sequence[Node], may_lack: bool) -> None:
        by_key = {one.key: one for one in wanted}
        retained = self._retained_path() if may_lack else frozenset()
        where = self._index(parent.number)
        for position in reversed(range(len(parent.children))):
            number = parent.children[position]
            if self._nodes[number].key not in by_key and number not in retained:
                self.beginRemoveRows(where, position, position)
                del parent.children[position]
                self._drop(number)
                self.endRemoveRows()
        known = {self._nodes[number].key: number for number in parent.children}
        for one in wanted:
            if one.key in known and self._nodes[known[one.key]].update(one):
                index = self._index(known[one.key])
                self.dataChanged.emit(index, index)
        for node in reversed([one for one in wanted if one.key not in known]):
            ranks = [_RANK.get(self._nodes[number].kind, _RANK_OF_ROWS) for number in parent.children]
            position = sum(rank < _RANK.get(node.kind, _RANK_OF_ROWS) for rank in ranks)
            self.beginInsertRows(where, position, position)
            node.number, node.parent, node.name_of = next(self._numbers), parent.number, self._name_of
            self._nodes[node.number] = node
            parent.children.insert(position, node.number)
            self.endInsertRows()
        self._put_in_order(parent, [one.key for one in wanted if one.kind == "filter"])

    def _put_in_order(self, parent: Node, keys: Sequence[str]) -> None:
        """Move the saved filters into the order of the user."""
        if keys == [one.key for one in self._children(parent) if one.kind == "filter"]:
            return
        where = self._index(parent.number)
        first = next((n for n, one in enumerate(self._children(parent)) if one.kind == "filter"), 0)
        for place, key in enumerate(keys, start=first):
            now = next(n for n, one in enumerate(self._children(parent)) if one.key == key)
            if now != place:
                self.beginMoveRows(where, now, now, where, place)
                parent.children.insert(place, parent.children.pop(now))
                self.endMoveRows()

    def _drop(self, number: int) -> None:
        for child in self._nodes.pop(number).children:
            self._drop(child)

    def _retained_path(self) -> frozenset[int]:
        path = set()
        number = self.retained
        while number is not None and number != _ROOT and number in self._nodes:
            path.add(number)
            number = self._nodes[number].parent
        return frozenset(path)
