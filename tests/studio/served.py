#!/usr/bin/env python3
"""Whether an installed flowrules serves the studio with its page: `served.py RULES PROGRAM`. Standard library alone."""

import re
import subprocess
import sys
import urllib.request


def main(rules: str, program: str) -> None:
    command = [program, "studio", rules, "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            found = re.search(r"http://127.0.0.1:\d+/", running.stdout.readline())
            assert found, "it says no address"
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            page = opener.open(found[0], timeout=30).read().decode()
            names = re.findall(r"/(files/[\w.]+)", page)
            sizes = {name: len(opener.open(found[0] + name, timeout=30).read()) for name in names}
            assert any(name.endswith(".js") and size > 100_000 for name, size in sizes.items()), sizes
            assert any(name.endswith(".css") for name in sizes), sizes
        finally:
            running.terminate()
    print(f"The studio serves its page and {len(sizes)} files.")


if __name__ == "__main__":
    main(*sys.argv[1:])
