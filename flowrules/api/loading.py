"""Rules read and checked, for scripts and hosts: apart from what asks them, which takes as long to import."""

from pathlib import Path

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.errors import RulesRefused
from flowrules.source import read, read_folder

# What reads and checks rules is imported where it is called: it takes longer than all the other names together.


def load(path: Path | str, *, agent_type: str = "agent", fence: DestinationPolicy | None = None) -> RuleSet:
    """The rules of a file or folder, or of a built rule set (`flowrules build`). Raises RulesRefused where they have
    errors, OSError where they can't be read. Texts that were loaded before are ready at once, from the user's cache.

    `agent_type` is what the platform is sent for a target `agent`: `agent_queue` where it refuses `agent`. `fence` is
    where the host lets callers be sent: `Settings(…).fence`; without one premium-rate numbers are out of bounds.
    """
    from flowrules.ready import load_ready

    loaded = load_ready(read(path), Path(path), agent_type=agent_type, fence=fence or DEFAULT_POLICY)
    if loaded.ruleset is None:
        from flowrules.diagnostics.render import concise

        raise RulesRefused(concise(loaded.findings).rstrip(), loaded.findings)
    return loaded.ruleset


def check(path: Path | str, *, fence: DestinationPolicy | None = None) -> Findings:
    """What is wrong in the rules of a file or folder, in their order; nothing where all is well. `fence` as for
    `load`. Raises OSError."""
    from flowrules.diagnostics.unread import without_rules
    from flowrules.ready import load_ready

    sources, folder = read_folder(Path(path))
    return *without_rules(sources, folder), *load_ready(
        sources, Path(path), fence=fence or DEFAULT_POLICY
    ).findings
