#!/usr/bin/env bash
# Compiles samples/NativePredictor to one native file, fails where the trimmer warns of anything but FSharp.Core, and prints the
# file's size and how long it takes from its start to its first answer: the median of 21 runs with a model of 784-128-10.
# Needs clang or gcc, and zlib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sample=samples/NativePredictor
out=artifacts/native
log=$out/publish.log
mkdir -p "$out"
command -v clang > /dev/null || linker=-p:CppCompilerAndLinker=gcc
# What is there already would not be compiled again, nor warned of.
rm -rf "$sample"/obj/Release/net10.0/*/native
dotnet publish "$sample" -c Release --use-current-runtime ${linker:-} -nologo -nodeReuse:false -v:minimal -o "$out" \
    > "$log" 2>&1 || { tail -5 "$log"; exit 1; }
theirs='IL[0-9]+: (Microsoft\.FSharp\.|<StartupCode\$FSharp-Core>)'
echo "warnings about trimming from FSharp.Core, about the printing of records and unions: $(grep -c -E "warning $theirs" "$log" || true)"
if grep -E 'warning ' "$log" | grep -v -E "warning $theirs"; then
    echo "native: the warnings above are ours" >&2
    exit 1
fi
echo "warnings of ours: 0"
echo "size: $(stat -c %s "$out/NativePredictor") bytes"
dotnet NeuralNetwork.Cli/bin/Release/net10.0/nn.dll train mnist --hidden 128 --epochs 1 --out "$out/run" --force --quiet
python3 build/start_time.py "$out/NativePredictor" "$out/run/model.safetensors"
