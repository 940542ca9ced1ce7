#!/usr/bin/env bash
# Trains the same small network on Windows x64 (under wine64) and Linux ARM64 (under qemu-aarch64-static), self-contained builds of
# nn for each, and compares the bytes of the models with this machine's. Linux on x86-64 with apt only:
#
#     apt-get install wine64 qemu-user-static
#
# The libraries that ARM64 needs are fetched into artifacts/elsewhere; nothing else is installed or changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
home=$PWD/artifacts/elsewhere
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
qemu=$(command -v qemu-aarch64-static || true)
mkdir -p "$home"

fail() {
    echo "elsewhere: $1" >&2
    exit 1
}

[ -x "$wine" ] || fail "wine64 is not on this machine (apt-get install wine64)"
[ -n "$qemu" ] || fail "qemu-aarch64-static is not on this machine (apt-get install qemu-user-static)"

publish() {
    dotnet publish NeuralNetwork.Cli -c Release -r "$1" --self-contained -nologo -nodeReuse:false -v:quiet -o "$home/$1" ||
        fail "nn could not be published for $1"
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
trap 'rm -rf "$WINEPREFIX"' EXIT
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
exit $code
