"""The panels at the right of the page. A panel is a presenter: it tells what it shows as `blocks`, and knows no HTML.

To add a panel: its module with a class as `panel.Panel` says, its row in `registry.PANELS`, and its texts
(`panel.NAME`, its name in the row of tabs) in `texts/en.json`.
"""
