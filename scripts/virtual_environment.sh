#!/usr/bin/env bash
# Makes .venv, or brings it up to date with a requirements file that holds a hash for every package.
#
#   scripts/virtual_environment.sh requirements.txt
#
# Uses uv where it is on the PATH, else python3 -m venv and pip. PYTHON names another interpreter (3.11 or newer).
set -euo pipefail
requirements=$1
venv=.venv

fail() {
    echo "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Debian keeps the parts of the standard library that make environments in a package of their own.
install_venv_module() {
    local package apt
    apt=$(scripts/apt_get.sh) || return 1
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "Installing $package with apt-get." >&2
    $apt update >&2 && $apt install --yes --no-install-recommends "$package" >&2
}

create() {
    local python
    if command -v uv >/dev/null; then
        # --seed: pip is there too, for whoever expects it.
        uv venv --quiet --seed --python '>=3.11' "$venv" && return
        echo "uv could not make an environment; trying python3 -m venv." >&2
    fi
    python=$(find_python) || fail "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3.12"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_venv_module "$python" ||
            fail "Python's venv module is missing; install it first. On Debian: sudo apt-get install python3-venv"
    fi
    "$python" -m venv --clear "$venv"
}

install_packages() {
    # The export is complete, so nothing is left to resolve: --no-deps makes a missing line an error at import, not a
    # package without a hash.
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes -r "$requirements" && return
        echo "uv could not install; trying pip." >&2
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements"
}

# An environment whose interpreter is gone (an upgrade of the system, a copied folder) is made anew.
is_new_enough "$venv/bin/python" || create
install_packages
install -m 755 scripts/expenseflow.sh "$venv/bin/expenseflow"
