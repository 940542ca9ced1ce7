#!/usr/bin/env bash
# Runs a target of build.cake (the targets: its head): ./build.sh [TARGET] [ARGUMENTS OF CAKE]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

if ! dotnet --version > /dev/null 2>&1; then
    echo "build.sh: the .NET 10 SDK is missing; install it: https://dot.net/download" >&2
    exit 2
fi

target=${1:-Build}
summary=artifacts/tests/summary.txt
rm -f "$summary"
dotnet tool restore > /dev/null || { dotnet tool restore && false; } # quiet, unless it fails
code=0
dotnet dotnet-cake build.cake --target="$target" --verbosity=minimal "${@:2}" || code=$?
if [ -f "$summary" ]; then cat "$summary"; fi
exit "$code"
