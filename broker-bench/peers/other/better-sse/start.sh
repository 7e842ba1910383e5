#!/usr/bin/env bash
# PORT RATE SIZE. The first start installs better-sse with npm.
set -euo pipefail
cd "$(dirname "$0")"
command -v node >/dev/null || { echo "node is missing" >&2; exit 3; }
if [ ! -d node_modules/better-sse ]; then
  command -v npm >/dev/null || { echo "npm is missing" >&2; exit 3; }
  npm install --no-audit --no-fund --no-package-lock --loglevel=error >/dev/null 2>&1 ||
    { rm -rf node_modules; echo "npm cannot install better-sse" >&2; exit 3; }
fi
exec env NODE_ENV=production node server.mjs "$@"
