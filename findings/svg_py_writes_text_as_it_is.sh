#!/usr/bin/env bash
# svg.py 1.10.0: text and attributes are written as they are, so that an ampersand in a name makes the whole picture unreadable.
#
# A good guess: a typed builder of SVG elements escapes what it writes, as xml.etree and drawsvg do: "Smith & Sons" becomes
#   "Smith &amp; Sons", and every document is well-formed.
# What happens: svg.Text(text="Smith & Sons") writes the ampersand as it is. as_str() raises nothing, and the document is no XML:
#   a parser stops at it. drawsvg 2.4.2 escapes the same text.
# Why it matters for call flows: a picture of rules holds what people write (names of queues, sentences, conditions such as
#   "amount < 500"). It looks right in every test without such a sign, and can't be opened on the day when a rule has one.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check svg.py==1.10.0 drawsvg==2.4.2
cat > draw.py <<'PYTHON'
from importlib.metadata import version
from xml.etree import ElementTree

import drawsvg
import svg

LABEL = "Smith & Sons, amount < 500"


def read_back(document):
    """The text of a picture as an XML parser reads it, or what the parser says."""
    try:
        return [one.text for one in ElementTree.fromstring(document).iter() if one.text and one.text.strip()][0]
    except ElementTree.ParseError as error:
        return f"ParseError: {error}"


typed = svg.SVG(width=200, height=40, elements=[svg.Text(x=10, y=20, text=LABEL)]).as_str()
drawing = drawsvg.Drawing(200, 40)
drawing.append(drawsvg.Text(LABEL, 12, 10, 20))
told, other = read_back(typed), read_back(drawing.as_svg())
print(f"svg.py {version('svg.py')}:  {told}")
print(f"drawsvg {version('drawsvg')}: {other}")
raise SystemExit(0 if told.startswith("ParseError") and other == LABEL else 1)
PYTHON
venv/bin/python draw.py
