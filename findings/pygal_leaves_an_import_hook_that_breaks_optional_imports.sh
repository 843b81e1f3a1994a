#!/usr/bin/env bash
# pygal 3.1.3: once it is imported, each try to import an optional package warns, and where warnings are errors it fails with
# something that `except ImportError` does not catch.
#
# A good guess: a library for charts changes nothing outside of itself. After `import pygal` a program's own
#   `try: import simplejson` / `except ImportError:` goes on as before, with warnings as errors too.
# What happens: pygal adds a finder of the old kind (find_module, no find_spec) to sys.meta_path, for maps that stand in other
#   packages, and leaves it there. Python 3.11 asks it for whatever nobody else has found, and warns that it is old: an ImportWarning,
#   which is no ImportError. Python 3.12 and later pass such a finder over, so the maps are not found there, and nothing is said.
# Why it matters for call flows: whoever draws a report in the process that takes calls changes how every later import in
#   it goes; a fallback for a package that is not installed, taken at the first call that needs it, raises instead.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pygal==3.1.3
cat > optional.py <<'PYTHON'
import sys
import warnings
from importlib.metadata import version

warnings.simplefilter("error")


def optional() -> str:
    try:
        import a_package_that_is_not_installed  # noqa: F401
    except ImportError:
        return "falls back"
    except Exception as error:
        return f"raises {error!r}"
    return "imported"


before = optional()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what pygal itself needs
    import pygal  # noqa: F401
after = optional()
left = [type(finder).__name__ for finder in sys.meta_path if not hasattr(finder, "find_spec")]
print(f"pygal {version('pygal')}, Python {sys.version_info[0]}.{sys.version_info[1]}")
print("before:", before)
print("after: ", after)
print("finders without find_spec in sys.meta_path:", left)
so = bool(left) and before == "falls back" and (sys.version_info >= (3, 12) or after.startswith("raises ImportWarning"))
raise SystemExit(0 if so else 1)
PYTHON
venv/bin/python optional.py
