#!/usr/bin/env bash
# Fetches Intel MKL (its CBLAS, the sequential layer) into .native/linux-x64/, about 270 MB on disk.
#
# Debian and its relatives carry MKL as plain packages in a section most machines do not enable. This script asks apt
# for them with lists, cache and settings of its own in a scratch folder: no root, nothing installed, nothing of the
# machine's package system changed. The mirror, the suite and the archive's key are the ones the machine trusts already.
#
# Where this cannot work it says so in one line and succeeds, because the managed kernel does the job too;
# with CI=true it fails instead, so that no green run hides an untested library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=.native/linux-x64
parts=(rt core intel-lp64 sequential avx2 avx512 def)

complete() {
    local part
    [ -s "$1/copyright" ] || return 1
    for part in "${parts[@]}"; do [ -s "$1/libmkl_${part//-/_}.so" ] || return 1; done
}

give_up() {
    if [ "${CI:-}" = true ]; then
        echo "mkl: $1; CI must not go on without MKL" >&2
        exit 1
    fi
    echo "mkl: $1; going on without MKL" >&2
    exit 0
}

if complete "$home"; then
    echo "mkl: ready in $home"
    exit 0
fi

[ "$(uname -sm)" = "Linux x86_64" ] || give_up "only Linux on x86-64 is supported, this is $(uname -sm)"
for tool in apt-get dpkg-deb; do
    command -v "$tool" > /dev/null || give_up "$tool is not on this machine"
done

mkdir -p .native 2> /dev/null && [ -w .native ] || give_up "$PWD/.native cannot be written"
find .native -maxdepth 1 -name 'fetch.*' -mmin +60 -exec rm -rf {} + # left by a run that was killed
# A sibling of the final folder, so that the last step is one atomic rename.
scratch=$(mktemp -d "$PWD/.native/fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{lists,cache}/partial "$scratch/cache/archives/partial" "$scratch/root" "$scratch/found"

# Hooks are cleared because some of them empty the machine's own cache.
# The sandbox user of apt cannot enter a private folder, so root downloads as root; other users have no sandbox anyway.
cat > "$scratch/apt.conf" << EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "$scratch/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$scratch/lists";
Dir::Cache "$scratch/cache";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Architecture "amd64";
APT::Architectures "amd64";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
EOF
export APT_LISTCHANGES_FRONTEND=none LC_ALL=C

# The key that signs the archive: the one the machine's own entry names, else the distribution's keyring.
# Without either apt falls back to /etc/apt/trusted.gpg.d by itself.
key_option() { # file of the source entry
    local key
    key=$(sed -nE 's/^Signed-By:[[:space:]]*(\/[^[:space:]]+).*/\1/p; s/^deb .*signed-by=(\/[^] ,]+).*/\1/p' "$1" 2> /dev/null | head -n 1)
    for key in "$key" "/usr/share/keyrings/$2-archive-keyring.gpg"; do
        if [ -r "$key" ]; then
            echo "[signed-by=$key]"
            return
        fi
    done
}

system=$(. /etc/os-release && echo "$ID")
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
case $system in
    debian) section=non-free ;;
    ubuntu) section=multiverse ;;
    *) give_up "no MKL packages are known for '$system'" ;;
esac

# The machine's own entries for the main section of its own suite. Release files are not needed for that, so this works
# on a machine that has never run 'apt-get update'.
entries=$(apt-get indextargets --no-release-info \
    --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)' 'Created-By: Packages' 2> /dev/null | sort -u) || true

fetch() { # REPO_URI RELEASE SOURCESENTRY
    echo "deb $(key_option "${3%:*}" "$system") $1 $2 $section" > "$scratch/sources.list"
    apt-get -c "$scratch/apt.conf" -qq update > "$scratch/log" 2>&1 || return 1
    (cd "$scratch" && apt-get -c apt.conf -qq download "${parts[@]/#/libmkl-}") >> "$scratch/log" 2>&1
}

reason="apt has no source for this system's own suite '$suite'"
fetched=false
while IFS='|' read -r uri release component entry; do
    [ "$component" = main ] || continue
    case $release in
        "$suite" | stable | oldstable | testing | unstable | sid) ;;
        *) continue ;;
    esac
    echo "mkl: fetching 53 MB of packages with apt ..."
    if fetch "$uri" "$release" "$entry"; then
        fetched=true
        break
    fi
    reason=$(sed -nE 's/^[EW]: *//p' "$scratch/log" | head -n 1)
    reason="apt could not fetch it (${reason:-no message})"
done <<< "$entries"
$fetched || give_up "$reason"

for package in "$scratch"/*.deb; do dpkg-deb -x "$package" "$scratch/root"; done
for part in "${parts[@]}"; do
    library="libmkl_${part//-/_}.so"
    find "$scratch/root" -type f -name "$library" -exec mv {} "$scratch/found/" \;
done
find "$scratch/root" -type f -path '*/libmkl-rt/copyright' -exec mv {} "$scratch/found/copyright" \;
complete "$scratch/found" || give_up "the packages do not hold the expected libraries"

chmod 755 "$scratch/found"
if [ -e "$home" ]; then mv "$home" "$scratch/old"; fi
mv -T "$scratch/found" "$home" 2> /dev/null || complete "$home" || give_up "$home cannot be written"
echo "mkl: ready in $home ($(du -sh "$home" | cut -f 1))"
