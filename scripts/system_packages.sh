#!/usr/bin/env bash
# Sees to the programs that do not come from the Python package index.
#
#   scripts/system_packages.sh run    what `make run` needs beside Python: Tesseract, which reads receipts
#   scripts/system_packages.sh test   what `make test` needs as well: PostgreSQL, Chromium, Node.js, fonts
#
# What is missing is installed by apt where that is permitted without a password; otherwise one sentence says what is
# missing and what follows from it, and the exit status is still 0: the service runs without reading receipts, and tests
# that need what is missing are skipped, with that reason.
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }

has_postgresql() {
    has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

has_chromium() {
    has chromium || has google-chrome || has chromium-browser
}

# Without -q: grep would stop reading at the first font, and with pipefail that counts as a failure of what still writes.
has_emoji_font() {
    if has fc-list; then
        fc-list | grep -i emoji >/dev/null
    else
        find /usr/share/fonts -iname '*emoji*' 2>/dev/null | grep . >/dev/null
    fi
}

# The languages that core/receipts/tesseract.py knows, as Debian's packages are named.
TESSERACT_LANGUAGES=(eng deu fra spa ita por pol nld)

has_dejavu_font() {
    [[ -n $(find /usr/share/fonts -name DejaVuSans.ttf -print -quit 2>/dev/null) ]]
}

# On Ubuntu the packages named chromium are stubs that fetch a snap, which neither containers nor our tests can use.
apt_has_chromium() {
    ! (. /etc/os-release 2>/dev/null && [[ " ${ID:-} ${ID_LIKE:-} " == *" ubuntu "* ]])
}

packages=()
want() { # want PACKAGE WHAT-FOLLOWS
    if scripts/apt_get.sh >/dev/null; then
        packages+=("$1")
    else
        echo "$1 is missing and cannot be installed from here: $2. On Debian: sudo apt-get install $1" >&2
    fi
}

want_tesseract() {
    local language installed missing=()
    has tesseract || want tesseract-ocr "receipts are not read (what people send is kept, and they can type the expense)"
    installed=$(tesseract --list-langs 2>/dev/null || true)
    for language in "${TESSERACT_LANGUAGES[@]}"; do
        grep -qx "$language" <<<"$installed" || missing+=("tesseract-ocr-$language")
    done
    ((${#missing[@]})) || return 0
    if scripts/apt_get.sh >/dev/null; then
        packages+=("${missing[@]}")
    elif has tesseract; then
        echo "Receipts in some languages are read less well, as ${missing[*]} cannot be installed from here." >&2
    fi
}

case "${1:-}" in
run)
    want_tesseract
    ;;
test)
    want_tesseract
    has_postgresql || want postgresql "tests on PostgreSQL are skipped"
    if ! has_chromium; then
        if has apt-get && ! apt_has_chromium; then
            echo "No chromium or google-chrome on the PATH (Ubuntu's own package is a snap): browser tests are skipped." >&2
        else
            want chromium "browser tests are skipped"
        fi
    fi
    has node || want nodejs "bots on libraries from npm are not run against the playground"
    has npm || want npm "bots on libraries from npm are not run against the playground"
    has_dejavu_font || want fonts-dejavu-core "receipts that tests draw are less like printed ones"
    has_emoji_font || want fonts-noto-color-emoji "emoji are empty boxes in screenshots"
    ;;
*)
    echo "usage: $0 run|test" >&2
    exit 2
    ;;
esac

if ((${#packages[@]})); then
    echo "Installing ${packages[*]} with apt-get." >&2
    apt=$(scripts/apt_get.sh)
    if ! { $apt update && $apt install --yes --no-install-recommends "${packages[@]}"; } >&2; then
        echo "apt-get could not install ${packages[*]}; what needs them is left out." >&2
    fi
fi
