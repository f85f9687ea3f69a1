"""The policy that HFS's config is, together with rulesets from elsewhere."""

from __future__ import annotations

from math import inf
from pathlib import Path
from time import monotonic

from resolver.diagnostics import ResolverError
from resolver.domain import Policy, Subject, Value
from resolver.hfs.config import TIER_ORDER
from resolver.hfs.config_file import ConfigFile
from resolver.hfs.config_values import Config, entries, escalations, model_tiers, snapshot
from resolver.loader import load_policy, revision_of, shipped_policy
from resolver.serving import FilesRead, LivePolicy, PolicyText, wait_until_closed

_PRESET = "preset"
_SECONDS_BETWEEN_POLLS = 1.0


class ConfigPolicy(LivePolicy):
    """A policy whose tiers and rows are those of `config` at the moment, and whose rules are those of `policies`.

    From `attach` on, the file that HFS has read its config from is followed as well: entries that other processes and
    people write there go into the config, which is changed in place; what else the file says is HFS's to read.
    """

    def __init__(self, config: Config, policies: Path | None) -> None:
        self.config = config
        self.rules_path = policies or shipped_policy()
        self._rules = self._read_rules()
        self._file: ConfigFile | None = None
        self._said: tuple[object, ...] = ()
        self._entered: dict[str, str] = {}
        self._next_file_poll = inf
        super().__init__(self.rules_path, load=self._of_config)
        self.next_poll = -inf  # what the config says is looked at with every request

    @property
    def refused(self) -> bool:
        """Whether the file cannot be read now, so that what it said before goes on; the config is never refused."""
        return self._file is not None and self._file.refused

    @property
    def attached(self) -> Path | None:
        """The file that the config is written to, if there is one."""
        return self._file.path if self._file else None

    def attach(self, file: Path) -> None:
        """Follow `file` from now on. Of what it and the config say of an agent already, the higher tier holds."""
        wait_until_closed(file)
        with self.lock:
            self.forget_listeners()  # the store of another file
            self._file = ConfigFile(file)
            self._file.reload_if_changed()
            self.path = file
            for key, tier in self._file.entries.items():
                known = entries(self.config).get(key)
                if tier in TIER_ORDER and (known not in TIER_ORDER or _rank(tier) > _rank(str(known))):
                    self._enter(key, tier)
            self._next_file_poll = monotonic() + _SECONDS_BETWEEN_POLLS
        self._reload()

    def poll(self) -> None:
        """Take over what the config says now, and once a second what its file says."""
        if monotonic() >= self._next_file_poll:
            self._next_file_poll = monotonic() + _SECONDS_BETWEEN_POLLS
            if self._follow_file():
                self.call_listeners()
        self._take_over()

    def check_files(self) -> None:
        """Take over what the config says now, and what its file says."""
        self._follow_file()
        self._take_over()

    def catch_up(self, text: PolicyText) -> bool:
        """Take over the entries that the file has now, and tell whether `text` has them; its rules are elsewhere."""
        self._follow_file()
        self._take_entries()
        return self._file is None or self._file.says(text)

    def refresh_places(self) -> None:
        """Do nothing: a config has no places."""

    def reload(self) -> None:
        """Read the rules again, and take over what the config says."""
        with self.loading:
            self._rules = self._read_rules()
            self._reload()

    def entry_written(self, subject: Subject, tier: str | None, before: PolicyText, after: PolicyText) -> None:
        """Take over an entry that this process has just written into the file."""
        assert self._file is not None, "nothing is written before there is a file"
        with self.lock:
            self._enter(str(subject), tier)
            self._file.entry_written(str(subject), tier, after.stamp)
            self._take_entries()

    def preset(self, triad: str) -> dict[str, Value]:
        """Return the fact `preset` of a triad, if the config's file says it and the rules declare it."""
        presets = self._file.presets if self._file else {}
        fact, value = self._rules.facts.get(_PRESET), presets.get(triad)
        values = getattr(fact.domain, "values", ()) if fact is not None else ()
        return {_PRESET: value} if value is not None and value in values else {}

    def _of_config(self, _path: Path) -> Policy:
        self._said, self._entered = snapshot(self.config), entries(self.config)  # before what may be newer then
        tiers = model_tiers(self.config, self._rules.model_tiers.cool_down)
        revision = revision_of(tiers, self._rules.facts, self._rules.rules)
        return Policy(tiers, self._rules.facts, self._rules.rules, revision, self._rules.files, self.path)

    def _read_rules(self) -> Policy:
        rules = load_policy(self.rules_path)
        if rules.model_tiers.ladder.tiers != TIER_ORDER:
            ladder = ", ".join(rules.model_tiers.ladder.tiers)
            raise ResolverError(f"the ladder of `{self.rules_path}` is {ladder}; HFS's is {', '.join(TIER_ORDER)}")
        return rules

    def _take_over(self) -> None:
        """Let the table say what the config says, which whoever has changed it expects at once: so this proves it.

        Never call it with a lock that a report needs.
        """
        if snapshot(self.config) != self._said:
            with self.loading:
                if snapshot(self.config) != self._said:
                    self._reload()
        self._take_entries()

    def _reload(self) -> None:
        with self.loading:
            self.load_and_publish(FilesRead(self.path), self.table)

    def _take_entries(self) -> None:
        """Let the table have the config's entries, for which nothing has to be proven."""
        if entries(self.config) == self._entered:
            return
        with self.lock:
            now = entries(self.config)
            before, after = escalations(self._entered), escalations(now)
            table = self.table
            for subject in before.keys() | after.keys():
                if before.get(subject) != after.get(subject):
                    table = table.with_entry(subject, after.get(subject))
            self.table, self._entered = table, now

    def _follow_file(self) -> bool:
        with self.lock:
            file = self._file
            before = file.entries if file else {}
            if file is None or not file.reload_if_changed():
                return False
            for key in before.keys() | file.entries.keys():
                if before.get(key) != (tier := file.entries.get(key)):
                    self._enter(key, tier)
            return True

    def _enter(self, key: str, tier: str | None) -> None:
        if self.config.escalation_state is None:
            self.config.escalation_state = {}
        if tier is None:
            self.config.escalation_state.pop(key, None)
        elif tier in TIER_ORDER:
            self.config.escalation_state[key] = tier


def _rank(tier: str) -> int:
    return [str(name) for name in TIER_ORDER].index(tier)
