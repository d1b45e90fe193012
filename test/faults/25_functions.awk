# 25_functions.awk - assembly of N instrumented functions f0, f1, ..., and the table of them, `functions`,
# which a null ends; a compiler would take minutes for as many.
BEGIN {
    print ".text"
    for (i = 0; i < N; i++) {
        printf ".type f%d,@function\nf%d:\n.cfi_startproc\n", i, i
        print "push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset 6,-16\nmov %rsp,%rbp\n.cfi_def_cfa_register 6"
        for (h = 0; h < 2; h++)
            printf "mov 8(%%rbp),%%rsi\nlea f%d(%%rip),%%rdi\ncall __cyg_profile_func_%s@PLT\n", i,
                h ? "exit" : "enter"
        printf "pop %%rbp\n.cfi_def_cfa 7,8\nret\n.cfi_endproc\n.size f%d,.-f%d\n", i, i
    }
    print ".section .data.rel.ro,\"aw\"\n.globl functions\nfunctions:"
    for (i = 0; i < N; i++)
        printf ".quad f%d\n", i
    print ".quad 0\n.section .note.GNU-stack,\"\",@progbits"
}
