"""Every verb of the command line. To add one, add an entry and the file that it comes from."""

from __future__ import annotations

from inspector.cli.verb import Verb
from inspector.cli.verbs.check import CHECK
from inspector.cli.verbs.export import EXPORT
from inspector.cli.verbs.import_ import IMPORT
from inspector.cli.verbs.list_ import LIST
from inspector.cli.verbs.listen import LISTEN
from inspector.cli.verbs.maintain import MAINTAIN
from inspector.cli.verbs.note import NOTE
from inspector.cli.verbs.pin import PIN
from inspector.cli.verbs.prune import PRUNE
from inspector.cli.verbs.replay import REPLAY
from inspector.cli.verbs.report import REPORT
from inspector.cli.verbs.sample import SAMPLE
from inspector.cli.verbs.show import SHOW
from inspector.cli.verbs.verify import VERIFY

VERBS: tuple[Verb, ...] = (
    *(LISTEN, VERIFY, LIST, SHOW, REPLAY, SAMPLE, CHECK, EXPORT, IMPORT, REPORT),
    *(PIN, NOTE, PRUNE, MAINTAIN),
)
