"""Settings of `flowrules run`: shown, told by a file, refused where they are none, and which of two holds."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from flowrules.cli.running.run_settings import (
    BadSettings,
    LogFormat,
    RunSettings,
    names,
    read_config,
    read_settings,
    refuse_unknown_environment,
    secrets,
)
from flowrules.cli.running.settings_help import fields, settings_page, settings_schema, unit_of
from flowrules.runtime.settings import Settings

_VARIABLE = re.compile(r"\bFLOWRULES_[A-Z_]+\b")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "flowrules.toml"
    path.write_text('drain = 7\nlisten_port = 9000\nallow_numbers = ["+91"]\nlog_format = "json"\n')
    path.chmod(0o600)
    return path


def test_every_setting_says_what_it_is_for_and_in_which_unit() -> None:
    page = settings_page()
    for name, field in fields():
        assert field.description, name
        assert f"{name}   FLOWRULES_{name.upper()}\n" in page
        number = any(kind in str(field.annotation) for kind in ("int", "float"))
        assert bool(unit_of(field)) == (number and name != "listen_port"), name
    assert "usually 30 (seconds)" in page
    assert "usually 67108864 (bytes)" in page


def test_no_two_settings_share_a_name() -> None:
    assert len([name for name, _ in fields()]) == len(names())


def test_the_schema_takes_what_the_command_takes() -> None:
    schema = json.loads(settings_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    good = {"drain": 7, "mode": "shadow", "allow_numbers": ["+91"], "tenant_key": "k", "log_format": "json"}
    assert list(check.iter_errors(good)) == []
    for bad in ({"drian": 7}, {"drain": -1}, {"mode": "loud"}, {"queue_size": 0}, {"log_level": "all"}):
        assert list(check.iter_errors(bad)), bad
    assert set(schema["properties"]) == names()
    assert schema["properties"]["drain"]["unit"] == "seconds"
    assert all(schema["properties"][name]["description"] for name in names())


def test_an_option_stands_above_the_environment_and_that_above_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, own = read_settings({}, {}, config)
    assert (settings.drain, own.listen_port, own.log_format) == (7, 9000, LogFormat.JSON)
    assert settings.allow_numbers == ("+91",)
    assert settings.queue_size == Settings().queue_size
    monkeypatch.setenv("flowrules_drain", "8")
    monkeypatch.setenv("FLOWRULES_LISTEN_PORT", "9001")
    settings, own = read_settings({}, {}, config)
    assert (settings.drain, own.listen_port) == (8, 9001)
    settings, own = read_settings({"drain": 9, "mode": None}, {"listen_port": 9002}, config)
    assert (settings.drain, own.listen_port, settings.mode) == (9, 9002, "live")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drian = 3\n", 'there is no setting drian: did you mean "drain"?'),
        ("tenantkey = 'k'\n", 'did you mean "tenant_key"?'),
        ("zzzzzz = 1\n", "there is no setting zzzzzz"),
        ("[drain]\nseconds = 3\n", "drain is one value, and no table"),
        ("drain = \n", "is no TOML"),
        ("drain = -1\n", "drain: Input should be greater than or equal to 0"),
        ("allow_numbers = ['91']\n", "allow_numbers"),
        ("log_level = 'loud'\n", "log_level"),
    ],
)
def test_what_a_file_can_not_say(config: Path, text: str, words: str) -> None:
    config.write_text(text)
    with pytest.raises(BadSettings) as raised:
        read_settings({}, {}, config)
    assert words in str(raised.value)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="No such file"):
        read_settings({}, {}, tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"drain = '\xff'\n")
    with pytest.raises(BadSettings, match="is no TOML"):
        read_settings({}, {}, tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("FLOWRULES_TENANTKEY", "FLOWRULES_TENANT_KEY"),
        ("FLOWRULES_DRIAN", "FLOWRULES_DRAIN"),
        ("FLOWRULES_ZZZZZZZZZZ", ""),
    ],
)
def test_a_slip_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, guess: str) -> None:
    monkeypatch.setenv(name, "secret-value")
    with pytest.raises(BadSettings) as raised:
        read_settings({}, {}, None)
    assert f"there is no setting {name}" in str(raised.value)
    assert guess in str(raised.value)
    assert "secret-value" not in str(raised.value)


def test_no_tool_of_this_project_has_a_variable_that_a_program_would_refuse() -> None:
    """CI, benchmarks and tests run the program, and it refuses what begins as its settings do and is none."""
    root = Path(__file__).parents[2]
    texts = [root / ".ci/run", *(root / ".ci").glob("lowest"), *(root / "benchmarks").rglob("*.py")]
    named = {name for text in texts for name in _VARIABLE.findall(text.read_text("utf-8"))}
    refuse_unknown_environment(named)


def test_what_kubernetes_puts_there_for_a_service_of_our_name_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("FLOWRULES_PORT", "tcp://10.0.0.1:8766"),
        ("FLOWRULES_SERVICE_HOST", "10.0.0.1"),
        ("FLOWRULES_SERVICE_PORT", "8766"),
        ("FLOWRULES_SERVICE_PORT_HTTP", "8766"),
        ("FLOWRULES_PORT_8766_TCP", "tcp://10.0.0.1:8766"),
        ("FLOWRULES_PORT_8766_TCP_ADDR", "10.0.0.1"),
        ("FLOWRULES_DESK_SERVICE_HOST", "10.0.0.2"),
        ("FLOWRULES_DESK_PORT_8766_TCP_PROTO", "tcp"),
    ):
        monkeypatch.setenv(name, value)
    _, own = read_settings({}, {}, None)
    assert (own.listen_host, own.listen_port) == ("127.0.0.1", 8766)


def test_a_file_with_a_key_is_for_its_owner(config: Path) -> None:
    assert secrets() == {
        "tenant_key", "journal_key", "agent_token", "events_key", "metrics_key", "bundle", "bundle_token", "fleet",
    }  # fmt: skip
    config.write_text('tenant_key = "secret-value"\n')
    assert read_config(config) == {"tenant_key": "secret-value"}
    config.chmod(0o640)
    with pytest.raises(BadSettings, match="others may read it") as raised:
        read_settings({}, {}, config)
    assert "secret-value" not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["tenant_key", "journal_key", "agent_token", "events_key", "metrics_key", "bundle_token"]
)
def test_a_key_that_is_set_and_empty_is_refused(
    name: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken for none, it would let everybody in; taken for a key, whoever shows an empty one."""
    monkeypatch.setenv(f"FLOWRULES_{name.upper()}", "")
    with pytest.raises(BadSettings, match=f"{name}: .*leave it out where there is none"):
        read_settings({}, {}, None)
    monkeypatch.delenv(f"FLOWRULES_{name.upper()}")
    config.write_text(f'{name} = ""\n')
    with pytest.raises(BadSettings, match=f"{name}: .*leave it out where there is none"):
        read_settings({}, {}, config)


@pytest.mark.parametrize("name", ["tenant_key", "agent_token", "events_key", "metrics_key", "bundle_token"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(name: str, config: Path) -> None:
    for odd in ("zebra crossing", "zebra\\ncrossing", "zébra", "zebra" * 500):
        config.write_text(f'{name} = "{odd}"\n', "utf-8")
        with pytest.raises(BadSettings, match=f"{name}: a key is") as raised:
            read_settings({}, {}, config)
        assert "bra" not in str(raised.value)
    model = Settings if name in Settings.model_fields else RunSettings
    with pytest.raises(ValidationError) as refused:
        model(**{name: "zebra crossing"})
    assert "zebra" not in f"{refused.value} {refused.value!r}"


def test_a_value_that_is_refused_is_not_shown(config: Path) -> None:
    config.write_text("tenant_key = 12345678\n")
    with pytest.raises(BadSettings) as raised:
        read_settings({}, {}, config)
    assert "12345678" not in str(raised.value)


def test_the_command_says_so(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "a.rules"
    rules.write_text("on intent=x hold\n")
    shown = run("run", "--help-settings")
    assert (shown.exit_code, shown.output) == (0, settings_page())
    assert json.loads(run("run", "--settings-schema").output)["additionalProperties"] is False
    (tmp_path / "bad.toml").write_text("drian = 3\n")
    refused = run("run", rules, "--config", tmp_path / "bad.toml")
    assert refused.exit_code == 2
    assert 'did you mean "drain"?' in refused.output
    monkeypatch.setenv("FLOWRULES_MOED", "shadow")
    refused = run("run", rules)
    assert refused.exit_code == 2
    assert 'did you mean "FLOWRULES_MODE"?' in refused.output


def test_what_the_page_shows_can_be_written_into_a_file(tmp_path: Path) -> None:
    """Each default, as the schema has it, is a value that the file takes."""
    lines = []
    for name, of in json.loads(settings_schema())["properties"].items():
        if of.get("default") is not None:
            lines.append(f"{name} = {json.dumps(of['default'])}")
    assert len(lines) > 25
    path = tmp_path / "all.toml"
    path.write_text("\n".join(lines))
    assert tomllib.loads(path.read_text())
    settings, _ = read_settings({}, {}, path)
    assert settings == Settings()
