#!/bin/sh
# Writes the expected output (NAME.out) and, if it is not 0, the exit code (NAME.code) of the programs beside it,
# with the CPython 3.14 that PYTHON314 names (default: python3.14). Arguments: programs; none means all.
cd "$(dirname "$0")" || exit 1
python=${PYTHON314:-python3.14}
[ $# -gt 0 ] || set -- */*.py
for program; do
    out=${program%.py}.out
    timeout 60 $python "$program" > "$out.$$" 2> /tmp/expected.$$ < /dev/null
    code=$?
    # The folder's own path is no part of what is expected.
    sed "s#$PWD/##g" "$out.$$" > "$out"
    rm -f "$out.$$"
    rm -f "${program%.py}.code"
    if [ $code != 0 ]; then
        echo $code > "${program%.py}.code"
        echo "$program: exit code $code: $(tail -n 1 /tmp/expected.$$)"
    fi
    rm -f /tmp/expected.$$
done
