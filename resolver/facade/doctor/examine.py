"""The checks of a setup by area, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from os import PathLike

from resolver.facade.doctor.database_findings import database_findings
from resolver.facade.doctor.file_findings import file_findings
from resolver.facade.doctor.finding import Finding
from resolver.facade.doctor.permission_findings import permission_findings
from resolver.facade.doctor.policy_findings import policy_findings
from resolver.facade.doctor.provider_findings import provider_findings
from resolver.facade.doctor.spool_findings import spool_findings
from resolver.facade.doctor.version_findings import version_findings
from resolver.facade.health import load_or_reasons
from resolver.facade.opening import host_file, parsed_state
from resolver.frozen import frozen
from resolver.loader import place_of_policy


@frozen
class Area:
    """An area of a setup, and the function that checks it."""

    name: str
    check: Callable[[], Iterable[Finding]]


def areas_of(path: str | PathLike[str] | None, state: str | None) -> list[Area]:
    """Return the areas to check.

    Args:
        path: As for `Resolver.open`.
        state: As for `Resolver.open`.

    Raises:
        InputError: There is no policy.
        ResolverError: `state` is not the URL of a database, or its driver is not installed.
    """
    where, is_fixed = place_of_policy(path)
    url = None if state is None else parsed_state(state)
    table, reasons = load_or_reasons(where)
    policy = None if table is None else table.policy
    spool = None if url is None else host_file(where, f"spool-{url.digest}", fixed=is_fixed)
    areas = [Area("policy", partial(policy_findings, where, policy, reasons))]
    if url is not None and spool is not None:
        areas.append(Area("state", partial(database_findings, url)))
        areas.append(Area("spool", partial(spool_findings, spool)))
    elif policy is not None:
        areas.append(Area("state", partial(file_findings, policy.state_file, fixed=is_fixed)))
    areas.append(Area("versions", version_findings))
    if policy is not None:
        areas.append(Area("providers", partial(provider_findings, policy.model_tiers)))
    return [*areas, Area("permissions", partial(permission_findings, where, spool, url, fixed=is_fixed))]
