#!/bin/sh
# The command `expenseflow`: runs the source tree that the environment in which it stands belongs to, from any folder.
# A script rather than an editable installation, which would fetch a build tool that no hash in the lock file covers.
here=$(dirname "$(readlink -f "$0")")
PYTHONPATH="$(dirname "$(dirname "$here")")${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH
exec "$here/python" -P -m bot "$@"
