#!/usr/bin/env bash
# Prints the command by which apt-get may install packages from here without a question; fails where none may.
set -euo pipefail
command -v apt-get >/dev/null || exit 1
if [[ $(id -u) -eq 0 ]]; then
    echo "env DEBIAN_FRONTEND=noninteractive apt-get -qq"
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    echo "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -qq"
else
    exit 1
fi
