#!/usr/bin/env bash
# Builds, type-checks, tests and packages the extension: flowrules.vsix, which is not committed. It needs Node 20 or newer
# with npm, and for the tests a flowrules with the extra [lsp]: on the PATH, or as FLOWRULES.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --ignore-scripts
npm run --silent check
npm run --silent test
npm run --silent bundle
cp ../../LICENSE LICENSE
npm exec --yes --package "@vscode/vsce@3.9.2" -- vsce package --no-dependencies --allow-missing-repository --out flowrules.vsix
