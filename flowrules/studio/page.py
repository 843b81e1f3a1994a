"""The page as it is first sent: its regions, empty, and the texts that its script shows."""

import json
from collections.abc import Mapping

from flowrules.pages.parts import Html, element, joined, plain
from flowrules.studio.bundle import SCRIPT, STYLE, Asset
from flowrules.studio.texts import Texts, languages


def page(assets: Mapping[str, Asset], texts: Texts, nonce: str) -> str:
    """`nonce` lets the editor write its styles."""
    t = texts
    head = joined(
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html('<link rel="icon" href="data:,">'),
        element("title", t("page.title")),
        Html(f'<link rel="stylesheet" href="/files/{assets[STYLE].name}">'),
        # Data that no browser runs; "<" can't end it.
        Html(
            '<script type="application/json" id="texts">'
            + json.dumps(dict(t.all), ensure_ascii=False).replace("<", "\\u003c")
            + "</script>"
        ),
        Html(f'<script type="module" src="/files/{assets[SCRIPT].name}"></script>'),
    )
    chosen = element(
        "select",
        *(
            element("option", name, value=tag, lang=tag, **({"selected": ""} if tag == t.language else {}))
            for tag, name in languages().items()
        ),
        id="language",
        aria_label=t("page.language"),
    )
    body = joined(
        element("a", t("page.skip"), href="#editor", class_="skip"),
        element(
            "header",
            element(
                "button",
                "☰",
                type="button",
                id="toggle-files",
                aria_label=t("files.toggle"),
                aria_expanded="false",
            ),
            element("h1", element("span", "flowrules", class_="brand"), " ", element("span", "", id="name")),
            element("p", "", id="state", role="status"),
            element("p", "", id="said", role="status"),
            chosen,
            element(
                "button", "?", type="button", id="tour-open", aria_label=t("tour.open"), title=t("tour.open")
            ),
            element("button", t("edit.undo"), type="button", id="undo"),
            element("button", t("edit.redo"), type="button", id="redo"),
            element("button", t("save.button"), type="button", id="save", class_="primary", disabled=""),
        ),
        element("div", "", id="banner", role="alert", hidden=""),
        element(
            "main",
            element(
                "nav",
                element("h2", t("files.title")),
                element("div", "", id="files"),
                element("button", t("files.new"), type="button", id="new-file"),
                id="left",
                aria_label=t("files.title"),
            ),
            element(
                "section",
                element("div", "", id="file-head"),
                element("div", "", id="editor"),
                element(
                    "section",
                    element("h2", t("findings.title"), " ", element("span", "", id="count", role="status")),
                    element("ol", "", id="findings"),
                    id="below",
                    aria_label=t("findings.title"),
                ),
                id="middle",
                aria_label=t("editor.region"),
            ),
            element(
                "section",
                element(
                    "div",
                    element("div", "", role="tablist", id="tabs", aria_label=t("panels.title")),
                    element(
                        "button",
                        "⇔",
                        type="button",
                        id="wide",
                        aria_label=t("panels.wide"),
                        aria_pressed="false",
                    ),
                    id="tab-row",
                ),
                element("div", "", role="tabpanel", id="panel", tabindex="0"),
                id="right",
                aria_label=t("panels.title"),
            ),
        ),
        element("div", "", id="conflict", hidden=""),
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{plain(t.language)}">\n<head>{head}</head>\n'
        f'<body data-nonce="{plain(nonce)}">{body}</body>\n</html>\n'
    )
