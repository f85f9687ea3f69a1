"""The policy in HFS's config, with rulesets from a policy directory."""

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

    From `attach` on, the file that HFS has read its config from is followed as well. Entries that people or other
    processes write there are put into the config, which is changed in place. HFS reads everything else in the file
    itself.
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
        self.next_poll = -inf  # every request checks the config

    @property
    def refused(self) -> bool:
        """Whether the file cannot be read now, so that its last content stays in force; the config is never refused."""
        return self._file is not None and self._file.refused

    @property
    def attached(self) -> Path | None:
        """The file that the config is written to, if there is one."""
        return self._file.path if self._file else None

    def attach(self, file: Path) -> None:
        """Follow `file` from now on. If file and config differ on a subject, the higher tier wins."""
        wait_until_closed(file)
        with self.lock:
            self.forget_listeners()  # the store of another file
            self._file = ConfigFile(file)
            self._file.reload_if_changed()
            self.path = file
            for key, tier in self._file.entries.items():
                config_tier = entries(self.config).get(key)
                if tier in TIER_ORDER and (config_tier not in TIER_ORDER or _rank(tier) > _rank(str(config_tier))):
                    self._enter(key, tier)
            self._next_file_poll = monotonic() + _SECONDS_BETWEEN_POLLS
        self._reload()

    def poll(self) -> None:
        """Take over the content of the config, and once a second that of its file."""
        if monotonic() >= self._next_file_poll:
            self._next_file_poll = monotonic() + _SECONDS_BETWEEN_POLLS
            if self._follow_file():
                self.call_listeners()
        self._take_over()

    def check_files(self) -> None:
        """Take over the content of the config and of its file."""
        self._follow_file()
        self._take_over()

    def catch_up(self, text: PolicyText) -> bool:
        """Take over the file's entries, and return whether `text` has them; the rules are in other files."""
        self._follow_file()
        self._take_entries()
        return self._file is None or self._file.says(text)

    def refresh_places(self) -> None:
        """Do nothing: a config has no lines."""

    def reload(self) -> None:
        """Load the rules again, and take over the content of the config."""
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
        """Return the fact `preset` of a triad, if the config's file has one and the rules declare the fact."""
        presets = self._file.presets if self._file else {}
        fact, value = self._rules.facts.get(_PRESET), presets.get(triad)
        values = getattr(fact.domain, "values", ()) if fact is not None else ()
        return {_PRESET: value} if value is not None and value in values else {}

    def _of_config(self, _path: Path) -> Policy:
        # First, so that a later change of the config is seen.
        self._said, self._entered = snapshot(self.config), entries(self.config)
        tiers = model_tiers(self.config, self._rules.model_tiers)
        revision = revision_of(tiers, self._rules.facts, self._rules.rules)
        return Policy(tiers, self._rules.facts, self._rules.rules, revision, self._rules.files, self.path)

    def _read_rules(self) -> Policy:
        rules = load_policy(self.rules_path)
        if rules.model_tiers.ladder.tiers != TIER_ORDER:
            ladder = ", ".join(rules.model_tiers.ladder.tiers)
            raise ResolverError(f"the ladder of `{self.rules_path}` is {ladder}; HFS's is {', '.join(TIER_ORDER)}")
        return rules

    def _take_over(self) -> None:
        """Bring the table up to date with the config, and prove it: its changes are expected to hold at once.

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
        """Bring the table's entries up to date with the config; entries need no proof."""
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
