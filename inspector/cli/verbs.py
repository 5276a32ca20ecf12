"""Every verb of the command line. To add one, add an entry and the file that it comes from."""

from __future__ import annotations

from inspector.cli.check import CHECK
from inspector.cli.export import EXPORT
from inspector.cli.importing import IMPORT
from inspector.cli.listen import LISTEN
from inspector.cli.listing import LIST
from inspector.cli.maintain import MAINTAIN
from inspector.cli.note import NOTE
from inspector.cli.pin import PIN
from inspector.cli.prune import PRUNE
from inspector.cli.replay import REPLAY
from inspector.cli.report import REPORT
from inspector.cli.sample import SAMPLE
from inspector.cli.show import SHOW
from inspector.cli.verb import Verb
from inspector.cli.verify import VERIFY

VERBS: tuple[Verb, ...] = (
    *(LISTEN, VERIFY, LIST, SHOW, REPLAY, SAMPLE, CHECK, EXPORT, IMPORT, REPORT),
    *(PIN, NOTE, PRUNE, MAINTAIN),
)
