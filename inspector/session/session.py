"""The whole program without a front end. This module builds, starts and stops the parts."""

from __future__ import annotations

import logging
import os
from functools import cached_property
from typing import TYPE_CHECKING

from inspector.base.errors import BusyError
from inspector.base.files import default_database
from inspector.base.tasks import Tasks
from inspector.base.worker import Worker
from inspector.capture.address import usable_url
from inspector.capture.bound_port import BoundPort
from inspector.session.address.public_address import PublicAddress
from inspector.session.address.strays import Strays
from inspector.session.alerts import Alerts
from inspector.session.captures import Captures
from inspector.session.file.body_files import BodyFiles
from inspector.session.file.maintenance import Maintenance, MaintenanceJobs
from inspector.session.file.watcher import CommitPoll, FileWatcher
from inspector.session.filter_counts import FilterCounts
from inspector.session.filters import Filters
from inspector.session.groups import Groups
from inspector.session.options import Options
from inspector.session.preferences import Preferences
from inspector.session.signature.diagnoses import Diagnoses
from inspector.session.signature.secret_changes import SecretChanges
from inspector.session.signature.secrets import Secrets
from inspector.session.signature.verification import Verification
from inspector.session.threads import Threads
from inspector.settings.settings import Settings
from inspector.store import journal
from inspector.store.store import Store

if TYPE_CHECKING:
    from inspector.outbox.permission import HostPermissions
    from inspector.session.comparisons import Comparisons
    from inspector.session.file.additions import Additions
    from inspector.session.file.import_export import ImportExport
    from inspector.session.forwards import Forwards
    from inspector.session.inbox.desk import Desk
    from inspector.session.ingest import Ingest
    from inspector.session.receiver.check import ReceiverCheck
    from inspector.session.replays import Replays
    from inspector.session.requests import Requests
    from inspector.session.responses import Responses
    from inspector.session.samples import Samples
    from inspector.session.signature.cures import Cures
    from inspector.session.summaries import Summaries
    from inspector.session.targets import Targets
    from inspector.session.timelines import Timelines
    from inspector.session.tunnels import Tunnels

SETTLE_S = 1.0
"""How long a verb waits at its start for the evaluation of acknowledged captures."""

log = logging.getLogger(__name__)


class Session:
    """One capture file in use. Call `open`, optionally `listen`, then `close`, on one running loop."""

    def __init__(self, options: Options) -> None:
        """Raises UsageError for an invalid setting."""
        self.options = options
        self.settings = Settings(options.settings)
        self.preferences = Preferences(self.settings)
        self.filters = Filters(self.preferences)
        self.database = options.database or default_database()
        self._port = BoundPort(
            options.host or self.settings.text("host"),
            self.settings.whole("port") if options.port is None else options.port,
        )
        self.tasks = Tasks()
        self.worker = Worker()
        self._is_open = False
        self._is_following = False
        self._unsettled: tuple[str, ...] = ()

    async def open(self, *, create: bool = True, listens: bool = False, settles: bool = False) -> None:
        """Open the file and read the given secrets. Raises InspectorError if either fails.

        `load_secrets` reads saved secrets later, because a locked keyring asks the user. With `listens`, a
        new file is created only if the port is free. With `settles`, wait a moment for the evaluation of the
        captures that another process has acknowledged.
        """
        if listens and self._is_new:
            await self._port.bind()
        store = self.store = Store(self.database, create=create)
        self._is_open = True
        self.secrets = Secrets(store)
        self.secrets.load_given(self.options)
        self.captures = Captures(store)
        self.threads = Threads(store, self.captures)
        self.groups = Groups(store)
        self.body_files = BodyFiles(store, self.captures)
        if create:
            self.body_files.remove_left_behind()
        self.maintenance = Maintenance(store, self.settings, self.captures, self.tasks, self.body_files)
        self.address = PublicAddress(store, self.tasks)
        self.strays = Strays(store)
        self.verification = Verification(store, self.secrets, self.captures, self.tasks, self.worker)
        self.secret_changes = SecretChanges(self.secrets)
        self.diagnoses = Diagnoses(
            store=store, secrets=self.secrets, captures=self.captures, tasks=self.tasks, worker=self.worker
        )
        self.commits = CommitPoll(store)
        self.watcher = FileWatcher(store, self.commits, self.captures, self.groups)
        self.alerts = Alerts(self.captures, self.filters, self.tasks)
        self.filter_counts = FilterCounts(self.captures, self.filters, self.alerts, self.tasks)
        store.followed = self._followed
        self.captures.judged.connect(self._judged)
        if settles:
            await self._settle()

    # ---- parts that are built at their first use, because most commands need few of them and the modules of
    # ---- all of them take a third of a start

    @cached_property
    def maintenance_jobs(self) -> MaintenanceJobs:
        """Checks, recounts and compactions of the file."""
        pause = self.ingest.storage_limit.pause
        return MaintenanceJobs(self.store, self.captures, self.worker, pause)

    @cached_property
    def comparisons(self) -> Comparisons:
        """Differences between two captures."""
        from inspector.session.comparisons import Comparisons

        return Comparisons(self.captures, self.worker)

    @cached_property
    def timelines(self) -> Timelines:
        """Captures over time."""
        from inspector.session.timelines import Timelines

        return Timelines(self.store)

    @cached_property
    def summaries(self) -> Summaries:
        """The figures of surveys, groups and respondents."""
        from inspector.session.summaries import Summaries

        return Summaries(self.store, self.worker)

    @cached_property
    def import_export(self) -> ImportExport:
        """Captures into and out of files."""
        from inspector.session.file.import_export import ImportExport

        return ImportExport(self.store, self.settings, self.secrets, self.captures, self.worker)

    @cached_property
    def additions(self) -> Additions:
        """Previews of files and texts, and adding their captures."""
        from inspector.session.file.additions import Additions

        return Additions(self.store, self.secrets, self.captures, self.import_export, self.worker)

    @cached_property
    def cures(self) -> Cures:
        """Corrections of the secrets that a diagnosis suggests."""
        from inspector.session.signature.cures import Cures

        return Cures(self.store, self.secrets, self.captures, self.verification, self.secret_changes)

    @cached_property
    def targets(self) -> Targets:
        """The named targets of the file."""
        from inspector.session.targets import Targets

        return Targets(self.store, self.settings)

    @cached_property
    def hosts(self) -> HostPermissions:
        """The hosts that may get captures."""
        from inspector.outbox.permission import HostPermissions

        return HostPermissions(self.store, self.options.allow_hosts)

    @cached_property
    def replays(self) -> Replays:
        """Plans of deliveries."""
        from inspector.session.replays import Replays

        return Replays(self.store, self.targets, self.secrets, self.tasks, self.hosts)

    @cached_property
    def requests(self) -> Requests:
        """Single deliveries, edited or not."""
        from inspector.session.requests import Requests

        return Requests(
            store=self.store,
            captures=self.captures,
            secrets=self.secrets,
            targets=self.targets,
            replays=self.replays,
            hosts=self.hosts,
            worker=self.worker,
        )

    @cached_property
    def forwards(self) -> Forwards:
        """Forwards of new captures."""
        from inspector.session.forwards import Forwards

        return Forwards(
            self.store, self.settings, self.tasks, self.captures, self.hosts, self.address, self.secrets
        )

    @cached_property
    def responses(self) -> Responses:
        """The response rules."""
        from inspector.session.responses import Responses

        return Responses(self.store, self.forwards, self.targets, self.captures, self.tasks)

    @cached_property
    def ingest(self) -> Ingest:
        """The listener and what it captures."""
        from inspector.session.ingest import Ingest

        ingest = Ingest(
            store=self.store,
            settings=self.settings,
            secrets=self.secrets,
            captures=self.captures,
            forwards=self.forwards,
            responses=self.responses,
            tasks=self.tasks,
            worker=self.worker,
            port=self._port,
            strays=self.strays,
            address=self.address,
            hosts=self.hosts,
        )
        self.verification.secrets_taken = ingest.evaluator.taken
        return ingest

    @cached_property
    def desk(self) -> Desk:
        """The shared inbox that is read into the file."""
        from inspector.session.inbox.desk import Desk

        return Desk(
            store=self.store,
            settings=self.settings,
            ingest=self.ingest,
            tasks=self.tasks,
            listen=self.listen,
        )

    @cached_property
    def tunnels(self) -> Tunnels:
        """The tunnel program, and tests of the public address."""
        from inspector.session.tunnels import Tunnels

        tunnels = Tunnels(
            store=self.store,
            settings=self.settings,
            preferences=self.preferences,
            address=self.address,
            ingest=self.ingest,
            tasks=self.tasks,
        )
        tunnels.changed.connect(self.address.take_tunnel)
        return tunnels

    @cached_property
    def receiver_check(self) -> ReceiverCheck:
        """Tests of a receiver with good and bad events."""
        from inspector.session.receiver.check import ReceiverCheck

        return ReceiverCheck(self.secrets, self.targets, self.hosts, self.captures, self.worker)

    @cached_property
    def samples(self) -> Samples:
        """Signed sample events."""
        from inspector.session.samples import Samples

        return Samples(self.store, self.secrets, self.targets, self.hosts, self.ingest)

    # ---- state and work

    @property
    def _is_new(self) -> bool:
        return not os.path.lexists(self.database)

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences about repairs of the file when it was opened, and about captures that it lacks."""
        return (*self.store.notices, *self._unsettled)

    @property
    def has_listener(self) -> bool:
        """Whether a process captures into the file, or was killed while it did."""
        return self.store.has_listener

    async def _settle(self) -> None:
        try:
            found = await self.store.settle(SETTLE_S)
        except BusyError as error:  # the captures of the file can still be read
            log.info("cannot read the journal: %s", error)
            return
        if found is None:
            return
        number = f"More than {found.number:,}" if found.number >= journal.COUNTED else f"{found.number:,}"
        waiting = f"{number} captures wait to be evaluated and are not included."
        if found.number == 1:
            waiting = "1 capture waits to be evaluated and is not included."
        if found.listener is None:
            step = "Evaluation resumes when a listener starts: run `listen`, or open the window."
        else:
            step = f"{found.listener} evaluates in the background. Try again in a moment."
        self._unsettled = (f"{waiting} {step}",)

    async def load_secrets(self) -> None:
        """Read the requested secrets from the keyring."""
        await self.secrets.load_keyring(self.options)
        if self.options.use_saved_secrets:
            self.verification.resume()

    async def listen(self, port: int | None = None) -> str:
        """Start capturing, and return the URL that senders use. Raises InspectorError if it cannot start.

        `port` replaces the configured one until the session ends.
        """
        _ = self.tunnels  # built before the listener starts, because they follow its start
        bound = await self.ingest.start(self.options.name, port)
        await self.forwards.begin(bound)
        self._follow_others()
        self.verification.begin_listening()
        self.diagnoses.start()
        self.maintenance.start()
        return usable_url(bound)  # `ingest.url` is None if capturing was stopped meanwhile

    def follow(self) -> None:
        """Also announce changes to the file by other processes."""
        self.watcher.start(self.tasks)
        self._follow_others()

    def _follow_others(self) -> None:
        """Apply what other processes change in the secrets, forwards and response rules of the file."""
        if not self._is_following:
            self._is_following = True
            self.secrets.follow(self.commits, self.tasks)
            self.strays.follow(self.commits, self.tasks)
            self.address.follow(self.commits, self.tasks)
            self.tunnels.follow(self.commits, self.tasks)
            watching = self.commits.watch(self.forwards.follow, "the forwards")
            self.tasks.spawn(watching, "follow the forwards of the file")
            watching = self.commits.watch(self.responses.follow, "the response rules")
            self.tasks.spawn(watching, "follow the response rules of the file")

    async def stop_listening(self) -> None:
        """Finish the requests in flight and stop capturing."""
        await self.ingest.stop()

    async def close(self) -> None:
        """End everything without losing an acknowledged capture. Does nothing if already closed.

        The sources of work end first, then the work, then the file: inbox, listener, forwards, replays,
        worker, tasks, store.
        """
        self._port.close()
        if not self._is_open:
            self.worker.close()
            return
        self._is_open = False
        built = vars(self)
        if "tunnels" in built:
            await self.tunnels.close()
        if "desk" in built:
            await self.desk.stop()
        if "ingest" in built:
            await self.ingest.stop()
            await self.ingest.evaluator.close()
        if "forwards" in built:
            await self.forwards.close()
        if "replays" in built:
            await self.replays.stop()
        if "filter_counts" in built:  # the last part that `open` builds
            self.groups.close()
            self.alerts.stop()
            self.filter_counts.stop()
            self.body_files.remove()
        self.worker.close()
        await self.tasks.cancel_all()
        await self.store.close(forget_deleted=True)

    def _judged(self, _: tuple[int, ...]) -> None:
        """Announce the groups: a new verdict moves a capture in them at once, without the follower."""
        self.groups.announce()

    def _followed(self, marked: frozenset[int]) -> None:
        self.groups.announce()
        if marked:
            self.captures.judged.emit(tuple(sorted(marked)))
