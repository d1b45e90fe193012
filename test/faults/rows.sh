#!/usr/bin/env bash
# rows.sh - what cprof must survive, row by row: its tests (test_NN_*.sh) and its mutants, as a table.
# Environment: SRC (top of the sources).
set -u
cd "${SRC:-$(dirname "$0")/../..}" || exit 1

names() { # PATTERN...: of files that are there, without what all have in common
    local found=() file
    for file; do [ ! -f "$file" ] || found+=("$(basename "$file")"); done
    local text=${found[*]-}
    text=${text//test_[0-9][0-9]_/}
    text=${text//.sh/}
    text=${text//.patch/}
    sed -E 's/(^| )[0-9]{2}-/\1/g' <<<"$text"
}

echo "| row | what happens | tests | mutants |"
echo "|---|---|---|---|"
while IFS='|' read -r row what; do
    echo "| $row | $what | $(names test/faults/test_"$row"_*.sh) | $(names test/mutants/"$row"-*.patch) |"
done <<'EOF'
01|a hook runs before libcprof.so is relocated
02|disk full, quota
03|limits: file size, address space, descriptors, processes
04|exit while other threads run hooks
05|the helper process is not visible to the program
06|the helper is missing, killed, refused, out of the chroot
07|C hosts that load C++ plugins that throw
08|small stacks, of threads and of signals
09|dlopen with $ORIGIN and RUNPATH
10|programs with a malloc of their own, instrumented malloc
11|PR_SET_TSC, strict seccomp
12|100,000 threads one after the other, 1,000 at once
13|uninstrumented and foreign children
14|closed descriptors, chdir, chroot, dropped privileges, daemons
15|C++ exceptions
16|longjmp, pthread_exit, cancellation
17|a handler that jumps out of a hook
18|a signal inside a hook, an instrumented handler
19|coroutines, alternate stacks
20|fork in all its forms
21|dlclose, another library at the same address
22|events before the constructor and after the destructor
23|hooks that never reach cprof
24|every end of a process
25|depth, size, large counts
26|debug information in all its forms
27|clones, folded functions, languages
28|hostile names
29|hostile files
30|no space, no permission, links where the output should go
31|runs after a kill -9, two runs at once, exec
EOF
