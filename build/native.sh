#!/usr/bin/env bash
# Compiles samples/NativePredictor to one native file, counts the warnings about trimming, prints its size and how long it takes
# from its start to its first answer: the median of 21 runs with a model of 784-128-10. Needs clang or gcc, and zlib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=artifacts/native
mkdir -p "$out"
command -v clang > /dev/null || linker=-p:CppCompilerAndLinker=gcc
dotnet publish samples/NativePredictor -c Release --use-current-runtime ${linker:-} -nologo -nodeReuse:false -v:minimal \
    -o "$out" > "$out/publish.log" 2>&1 || { tail -5 "$out/publish.log"; exit 1; }
ours=$(grep -c -E 'warning IL[0-9]+: NeuralNetwork' "$out/publish.log" || true)
theirs=$(grep -c -E 'warning IL' "$out/publish.log" || true)
echo "warnings about trimming: $ours from this library, $theirs in all"
echo "size: $(stat -c %s "$out/NativePredictor") bytes"
[ -f "$out/run/model.safetensors" ] || dotnet NeuralNetwork.Cli/bin/Release/net10.0/nn.dll train mnist --hidden 128 \
    --epochs 1 --out "$out/run" > /dev/null
python3 build/start_time.py "$out/NativePredictor" "$out/run/model.safetensors"
[ "$ours" = 0 ]
