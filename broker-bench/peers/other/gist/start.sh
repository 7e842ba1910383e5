#!/usr/bin/env bash
# PORT RATE SIZE. The first start compiles.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -x target/gist ] || [ sse.go -nt target/gist ]; then
  command -v go >/dev/null || { echo "go is missing: apt-get install golang-go" >&2; exit 3; }
  go build -o target/gist sse.go
fi
exec target/gist "$@"
