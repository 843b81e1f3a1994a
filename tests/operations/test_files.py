"""The files for a container, Kubernetes and systemd: they name settings, paths and probes that there are."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowrules.cli.running.run_settings import names, refuse_unknown_environment
from flowrules.compiler.loading.load import load_rules
from flowrules.runtime.engine import Engine
from flowrules.runtime.http.web import Web
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.source import source_from_text

FILES = Path(__file__).parents[2] / "examples" / "operations"
CONTAINER = (FILES / "Containerfile").read_text("utf-8")
UNIT = (FILES / "flowrules.service").read_text("utf-8")
MANIFESTS: dict[str, dict[str, Any]] = {
    f"{one['kind']} {one['metadata']['name']}": one
    for one in yaml.safe_load_all((FILES / "kubernetes.yaml").read_text("utf-8"))
}
POD: dict[str, Any] = MANIFESTS["StatefulSet flowrules"]["spec"]["template"]
(PROCESS,) = POD["spec"]["containers"]


def paths_without_a_key() -> set[str]:
    engine = Engine(RuleBook.from_text("on dtmf=1 hangup\n"), settings=Settings(mode=Mode.DRY_RUN))
    return {getattr(route, "path", "") for route in Web(engine, None, None).routes()}


def environment_of(text: str) -> dict[str, str]:
    return dict(re.findall(r"\b(FLOWRULES_[A-Z_]+)=(\S+)", text))


def test_every_name_in_the_environment_is_a_setting() -> None:
    of_pod = {one["name"]: one.get("value", "") for one in PROCESS["env"]}
    for environment in (environment_of(CONTAINER), environment_of(UNIT), of_pod):
        assert environment
        refuse_unknown_environment(environment)
    keys = {one["name"] for one in PROCESS["env"] if "valueFrom" in one}
    assert all(name.removeprefix("FLOWRULES_").lower() in names() for name in keys)
    assert not any("value" in one for one in PROCESS["env"] if one["name"] in keys)


def test_probes_ask_for_what_is_answered_without_a_key() -> None:
    known = paths_without_a_key()
    probes = {
        name: PROCESS[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert probes == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    assert set(probes.values()) <= known
    (health,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", CONTAINER)
    assert health == ("8766", "/livez")


def test_the_orchestrator_waits_longer_than_the_process_drains() -> None:
    drain = next(int(one["value"]) for one in PROCESS["env"] if one["name"] == "FLOWRULES_DRAIN")
    assert POD["spec"]["terminationGracePeriodSeconds"] >= drain + 30
    unit = settings_of_unit()
    assert int(unit["TimeoutStopSec"][0]) >= int(environment_of(UNIT)["FLOWRULES_DRAIN"]) + 30
    # With any other mode the workers would get a signal of their own, and the front's would be their second.
    assert unit["KillMode"] == ["mixed"]
    assert unit["KillSignal"] == ["SIGTERM"]
    assert "STOPSIGNAL SIGTERM" in CONTAINER


def test_nothing_runs_as_root_or_on_a_root_that_can_be_written() -> None:
    assert re.findall(r"^USER (\d+):(\d+)$", CONTAINER, re.M) == [("65532", "65532")]
    pod, process = POD["spec"]["securityContext"], PROCESS["securityContext"]
    assert (pod["runAsNonRoot"], pod["runAsUser"], pod["fsGroup"]) == (True, 65532, 65532)
    assert process == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert POD["spec"]["automountServiceAccountToken"] is False
    unit = settings_of_unit()
    assert (unit["DynamicUser"], unit["ProtectSystem"], unit["NoNewPrivileges"]) == (
        ["yes"],
        ["strict"],
        ["yes"],
    )


def test_what_has_to_be_written_lies_on_a_volume() -> None:
    mounts = {one["mountPath"]: one for one in PROCESS["volumeMounts"]}
    journal = environment_of(CONTAINER)["FLOWRULES_JOURNAL"]
    assert any(journal.startswith(f"{path}/") and not one.get("readOnly") for path, one in mounts.items())
    assert mounts[PROCESS["args"][0]]["readOnly"] is True
    assert "/tmp" in mounts, "the sockets of workers"
    kept = {
        one["metadata"]["name"] for one in MANIFESTS["StatefulSet flowrules"]["spec"]["volumeClaimTemplates"]
    }
    volumes = {one["name"] for one in POD["spec"]["volumes"]} | kept
    assert {one["name"] for one in mounts.values()} == volumes
    assert mounts["/var/lib/flowrules"]["name"] in kept, "each pod has a journal of its own"
    assert environment_of(UNIT)["FLOWRULES_JOURNAL"].startswith("/var/lib/flowrules/")
    assert settings_of_unit()["StateDirectory"] == ["flowrules"]


def test_the_manifests_belong_together() -> None:
    assert set(MANIFESTS) == {
        "ConfigMap flowrules-rules", "Service flowrules", "Service flowrules-calls", "PodDisruptionBudget flowrules",
        "StatefulSet flowrules",
    }  # fmt: skip
    labels = POD["metadata"]["labels"]
    for name in ("Service flowrules", "Service flowrules-calls"):
        assert MANIFESTS[name]["spec"]["selector"] == labels
        assert {port["targetPort"] for port in MANIFESTS[name]["spec"]["ports"]} == {
            PROCESS["ports"][0]["name"]
        }
    for name in ("PodDisruptionBudget flowrules", "StatefulSet flowrules"):
        assert MANIFESTS[name]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["PodDisruptionBudget flowrules"]["spec"]["maxUnavailable"] == 1
    assert MANIFESTS["StatefulSet flowrules"]["spec"]["replicas"] > 1
    assert MANIFESTS["StatefulSet flowrules"]["spec"]["serviceName"] == "flowrules"
    mounted = next(one for one in POD["spec"]["volumes"] if one["name"] == "rules")
    assert f"ConfigMap {mounted['configMap']['name']}" in MANIFESTS
    assert PROCESS["ports"][0]["containerPort"] == 8766
    assert "EXPOSE 8766" in CONTAINER


def test_the_rules_in_the_configmap_go_live() -> None:
    rules = MANIFESTS["ConfigMap flowrules-rules"]["data"]
    loaded = load_rules([source_from_text(text, name) for name, text in rules.items()])
    assert loaded.ruleset is not None
    assert loaded.findings == ()
    assert all(name.endswith(".rules") for name in rules)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian: systemd)"
)
def test_systemd_takes_the_unit_and_finds_little_that_it_may_do(tmp_path: Path) -> None:
    unit = tmp_path / "flowrules.service"
    unit.write_text(UNIT.replace("/opt/flowrules/bin/flowrules", "/bin/true"))

    def analyze(*words: str) -> None:
        ran = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr

    analyze("verify", "--man=no", str(unit))
    # 10 is a unit without any of it, 0 one that may do nothing.
    analyze("security", "--no-pager", "--offline=yes", "--threshold=20", str(unit))


def settings_of_unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            found.setdefault(name, []).append(value)
    return found
