#!/usr/bin/env bash
# nn on Windows x64 (under wine64) and on Linux ARM64 (under qemu-aarch64-static). Trains the same small network on each and compares
# the bytes of the models with this machine's; then runs the end-to-end tests of the command line on each, the same list, and says
# how many passed where. Linux on x86-64 with apt only:
#
#     apt-get install wine64 qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross
#     bash build/elsewhere.sh          # everything, some hours on two cores with nothing beside it
#     bash build/elsewhere.sh bytes    # the bytes of the models alone, minutes
#     bash build/elsewhere.sh windows  # these and the tests on Windows, half of the time; arm64 likewise
#
# Where strace is there, too, calls of nn on Windows are made to fail; without it these tests say that they were not run.
# The libraries that ARM64 needs are fetched into artifacts/elsewhere; nothing else is installed or changed. The tests on ARM64 are
# those of a natively compiled nn: compiled while it runs, and that emulated, it starts in ten seconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
home=$PWD/artifacts/elsewhere
what=${1:-all}
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
qemu=$(command -v qemu-aarch64-static || true)
mkdir -p "$home"

fail() {
    echo "elsewhere: $1" >&2
    exit 1
}

case $what in
    all | bytes | windows | arm64) ;;
    *) fail "$what (all, bytes, windows or arm64)" ;;
esac
[ -x "$wine" ] || fail "wine64 is not on this machine (apt-get install wine64)"
[ -n "$qemu" ] || fail "qemu-aarch64-static is not on this machine (apt-get install qemu-user-static)"

publish() {
    dotnet publish NeuralNetwork.Cli -c Release -r "$1" --self-contained -nologo -nodeReuse:false -v:quiet -o "$home/$1" ||
        fail "nn could not be published for $1"
}

# gcc for one target has no option that says which.
compile_arm64() {
    printf '%s\n' '#!/bin/bash' 'exec aarch64-linux-gnu-gcc "${@/#--target=*/-O0}"' > "$home/gcc"
    chmod +x "$home/gcc"
    dotnet publish NeuralNetwork.Cli -c Release -r linux-arm64 -p:PublishAot=true -p:CppCompilerAndLinker="$home/gcc" \
        -p:ObjCopyName=aarch64-linux-gnu-objcopy -p:LinkerFlavor=bfd -nologo -nodeReuse:false -v:quiet -o "$home/native-arm64" ||
        fail "nn could not be compiled for linux-arm64"
}

# The end-to-end tests with another nn: the platform, and the words that start it.
try() {
    NN_PLATFORM=$1 NN_PROGRAM=$2 dotnet "$tests" --colours 0 --filter NeuralNetwork/Cli/ --result "$home/$1.txt" \
        > "$home/$1.log" < /dev/null || true
    grep -E "ERR\]" "$home/$1.log" | sed 's/^[^]]*\] /elsewhere: failed: /' || true
    grep -E "^[^a-z]*[0-9]+ skipped: " "$home/$1.log" | grep -v "does not start nn" | sed -E "s/^[^0-9]*/elsewhere: $1: /" || true
    echo "elsewhere: $1: $(cat "$home/$1.txt")"
}

# Lists and cache of its own, as if this were a machine of that architecture.
fetch_arm64() {
    local apt=$home/apt
    mkdir -p "$apt"/{lists,cache/archives}/partial "$home/debs" "$home/root"
    : > "$apt/status"
    cat > "$apt/apt.conf" << EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Dir::State::status "$apt/status";
APT::Sandbox::User "root";
APT::Architecture "arm64";
APT::Architectures "arm64";
EOF
    export APT_CONFIG=$apt/apt.conf
    apt-get -qq update
    (cd "$home/debs" && apt-get -qq download libc6 libstdc++6 libgcc-s1 zlib1g libssl3)
    unset APT_CONFIG
    for package in "$home"/debs/*.deb; do dpkg-deb -x "$package" "$home/root"; done
}

# Batch norm, dropout, decay, clipping, a schedule and early stopping: everything that could add or round in another way.
{
    echo "a,b,c,y"
    for row in $(seq 0 199); do echo "$((row * 7919 % 1000)).$((row % 10)),$((row * 31 % 97)),$((row % 7)),$((row * row % 3))"; done
} > "$home/rows.csv"
training="train rows.csv --hidden 70,19 --batch-norm --dropout 0.2 --optimizer adamw --weight-decay 0.01 --clip-norm 0.05 --schedule cosine
    --learning-rate 0.01 --epochs 12 --early-stopping 5 --batch-size 32 --blas managed --threads 2 --seed 7 --quiet --force --out"

# Not in the repository: it has a link to the whole file system, which tools that look through folders would follow.
WINEPREFIX=$(mktemp -d)
export WINEPREFIX
# One that stays makes every start of nn ten times shorter.
server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
trap '"$server" -k; rm -rf "$WINEPREFIX"' EXIT
"$server" -p
dotnet build NeuralNetwork.Cli -c Release -nologo -nodeReuse:false -v:quiet || fail "nn does not build"
publish win-x64
publish linux-arm64
[ -e "$home/root/lib/ld-linux-aarch64.so.1" ] || fetch_arm64
cd "$home"
rm -rf here without-* windows arm64
# shellcheck disable=SC2086 # words of a command
{
    dotnet ../../NeuralNetwork.Cli/bin/Release/net10.0/nn.dll $training here
    # Without sixteen lanes or fused steps it is the same here, too.
    for switch in EnableAVX512 EnableAVX2 EnableFMA; do
        env "DOTNET_$switch=0" dotnet ../../NeuralNetwork.Cli/bin/Release/net10.0/nn.dll $training "without-$switch"
    done
    WINEDEBUG=-all "$wine" win-x64/nn.exe $training windows < /dev/null
    "$qemu" -L "$home/root" linux-arm64/nn $training arm64 < /dev/null
}

code=0
for run in here without-* windows arm64; do
    sum=$(sha256sum "$run/model.safetensors" | cut -c1-16)
    [ "$run" = here ] && first=$sum
    if [ "$sum" = "$first" ]; then verdict=same; else verdict=DIFFERENT code=1; fi
    echo "elsewhere: $run: model.safetensors $sum… $verdict"
done
[ "$what" = bytes ] && exit $code

cd ../..
tests=$PWD/NeuralNetwork.Tests/bin/Release/net10.0/NeuralNetwork.Tests.dll
dotnet build NeuralNetwork.Tests -c Release -nologo -nodeReuse:false -v:quiet || fail "the tests do not build"
for runtime in linux-x64 linux-musl-x64 osx-arm64 win-arm64; do
    # A feed need not have the runtime of every system.
    if (publish $runtime) > "$home/publish.log" 2>&1; then
        echo "elsewhere: $runtime: built, $(du -sm "$home/$runtime" | cut -f1) MB"
    else
        echo "elsewhere: $runtime: NOT BUILT: $(grep -m 1 -o 'error .*' "$home/publish.log")"
    fi
done
[ "$("$home/linux-x64/nn" --version)" ] || fail "the build for linux-x64 does not start"
# Tests compute beside nn, on the same engine: libraries that they would find here are not there.
export WINEDEBUG=-all DOTNET_TieredPGO=0 NN_BLAS=managed
# The services of Windows stay, and keep what the first program had for its output: not that of a test, which would wait for its end.
"$wine" "$home/win-x64/nn.exe" --version > /dev/null 2>&1 < /dev/null
rm -f "$home"/{windows,arm64}.txt
[ "$what" = arm64 ] || try windows "$wine $home/win-x64/nn.exe"
if [ "$what" = windows ]; then
    :
elif command -v aarch64-linux-gnu-gcc > /dev/null; then
    compile_arm64
    try arm64 "$qemu -L $home/root $home/native-arm64/nn"
else
    echo "elsewhere: arm64: no tests without a compiler (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)"
fi
for platform in windows arm64; do
    [ ! -e "$home/$platform.txt" ] || grep -q ", 0 failed" "$home/$platform.txt" || code=1
done
exit $code
