#!/bin/bash
# Row 28: names of functions, files, folders, threads, modules and command lines that were chosen to do
# harm are escaped by the one output function of each sink, in every format, into pipes and terminals.
# shellcheck disable=SC2154 # work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

python3 -S "$SRC/test/faults/28_names.py" "$REPORT" "$BUILD/cprof-symbolize" "$BUILD/cprof" || failed=1
exit "$failed"
