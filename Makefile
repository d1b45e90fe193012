# cprof. `make help` says what there is to make.

O       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC := gcc
endif

OPT := -O2 -g
ifdef DEBUG
OPT := -O0 -g3
endif
ifdef SAN
SANITIZE := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef COVERAGE
COVER := --coverage -fprofile-update=atomic
SANITIZE := $(COVER)
endif
ifdef V
say = @:
else
Q   := @
say = @printf '  %-5s %s\n'
endif

WARN   := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
VERSION := 0.1.0
CFLAGS := -std=gnu11 -D_GNU_SOURCE -DCPROF_VERSION='"$(VERSION)"' -I. $(OPT) $(WARN)
DEPGEN  = -MMD -MP

objects = $(patsubst %.c,$(O)/%.o,$(wildcard $(1)/*.c))
# The launcher's sources lie beside the library's; they share nothing but the folder.
LAUNCH    := $(filter $(O)/preload/launch%,$(call objects,preload))
PRELOAD   := $(filter-out $(LAUNCH),$(call objects,preload))
FORMAT    := $(call objects,format)
SYMBOLIZE := $(call objects,symbolize)
REPORT    := $(call objects,report)
PROGRAMS  := $(O)/libcprof.so $(O)/cprof $(O)/cprof-symbolize $(O)/cprof-report

.DEFAULT_GOAL := all

## all: build/libcprof.so, build/cprof, build/cprof-symbolize, build/cprof-report
all: $(PROGRAMS)

# libcprof.so runs in other people's programs: no sanitizer, no stack protector, nothing that is
# bound lazily, no floating-point register; a frame pointer, which the hooks read.
PRELOAD_CFLAGS := -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-plt \
	-fno-stack-protector -fno-omit-frame-pointer -U_FORTIFY_SOURCE -mgeneral-regs-only $(COVER)
$(PRELOAD): CFLAGS += $(PRELOAD_CFLAGS)
$(LAUNCH) $(FORMAT) $(SYMBOLIZE) $(REPORT): CFLAGS += $(SANITIZE)

$(O)/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS) $(DEPGEN) -c $< -o $@

$(O)/libcprof.so: $(PRELOAD)
	$(say) LINK $@
	$(Q)$(CC) -shared -Wl,-z,now -Wl,-z,defs -Wl,-soname,libcprof.so $^ -o $@ $(COVER)

$(O)/cprof: $(LAUNCH) $(O)/format/utf8.o
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $^ -o $@

$(O)/cprof-symbolize: $(SYMBOLIZE) $(FORMAT)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $^ -o $@ -ldw -lelf -liberty

$(O)/cprof-report: $(REPORT) $(FORMAT)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $^ -o $@ -lpcre2-8 -ledit -lm

# ---- tests ----

# Unit tests take what they need from archives of everything but the main functions, and of
# libcprof.so but what takes part in a process's life (hooks, _exit).
UNIT   := $(patsubst %.c,$(O)/%,$(wildcard test/unit/test_*.c))
HELPERS := $(patsubst %.c,$(O)/%.o,$(filter-out test/unit/test_%,$(wildcard test/unit/*.c)))
LIVING := $(addprefix $(O)/preload/,hooks.o process.o helper.o unload.o forbid.o)
TOOLS  := $(filter-out %/main.o,$(FORMAT) $(SYMBOLIZE) $(REPORT))

$(HELPERS): CFLAGS += $(SANITIZE)

# It looks at words of other frames, as hooks do; AddressSanitizer would not have it.
$(O)/test/unit/test_cfi: SANITIZE := $(COVER)

$(O)/test/libtools.a: $(TOOLS) $(HELPERS) $(filter-out $(LIVING),$(PRELOAD))
	$(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

$(O)/test/unit/test_%: test/unit/test_%.c $(O)/test/libtools.a
	$(Q)mkdir -p $(@D)
	$(say) TEST $<
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(DEPGEN) -MF $@.d $< $(O)/test/libtools.a -o $@ \
		-lcheck -lsubunit -lm -lrt -lpthread -ldw -lelf -liberty -lpcre2-8 -ledit

## check: all tests; ends with "N passed, N failed"
check: all $(UNIT) $(O)/test/fuzz/elf
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" SAN="$(SAN)" test/run.sh $(UNIT) $(sort $(wildcard test/faults/test_*.sh test/e2e/test_*.sh test/oracle/test_*.sh))

## check-mutants: each protection taken out once; the test that it names must fail
check-mutants: all $(UNIT) $(O)/test/fuzz/elf
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/mutants/check_mutants.sh $(ARGS)

## check-kill: kill -9 at 1,000 moments; every file that is left behind holds every call (minutes)
check-kill: all
	$(Q)MOMENTS=1000 BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/run.sh test/faults/test_24_kill.sh

## check-large: 200,000 functions, 2,400,000 contexts (a minute)
check-large: all
	$(Q)LARGE=1 BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/run.sh test/faults/test_25_large.sh

# ---- coverage ----

COVERED := $(UNIT:$(O)/%=$(O)/coverage/%) $(wildcard test/faults/test_*.sh test/e2e/test_*.sh)

## coverage: branches that tests take, of preload/, format/ and the readers; ARGS="TEST..."
coverage:
	$(Q)$(MAKE) CC=gcc COVERAGE=1 O=$(O)/coverage all $(UNIT:$(O)/%=$(O)/coverage/%)
	$(Q)find $(O)/coverage -name '*.gcda' -delete
	-$(Q)BUILD=$(abspath $(O))/coverage SRC=$(CURDIR) CC=gcc test/run.sh $(or $(ARGS),$(COVERED))
	$(Q)test/coverage/report.py $(O)/coverage

## check-elf: every cut and every changed byte of small libraries, and a million at random (hours)
check-elf: all $(O)/test/fuzz/elf
	$(Q)ELF_CUT=1 ELF_FLIP=1 ELF_RANDOM=250000 BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/faults/test_29_elf.sh

# ---- fuzzing ----

# Converts a raw file while a module that it names is damaged.
$(O)/test/fuzz/elf: test/fuzz/elf.c $(O)/test/libtools.a
	$(Q)mkdir -p $(@D)
	$(say) TEST $<
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(DEPGEN) -MF $@.d $< $(O)/test/libtools.a -o $@ \
		-lm -lrt -lpthread -ldw -lelf -liberty -lpcre2-8 -ledit -lcheck -lsubunit

# Everything anew with clang, since all code is to be watched; in a folder of its own.
FUZZ := $(patsubst %.c,$(O)/%,$(wildcard test/fuzz/fuzz_*.c))
$(O)/test/fuzz/fuzz.o: CFLAGS += $(SANITIZE)

$(O)/test/fuzz/fuzz_%: test/fuzz/fuzz_%.c $(O)/test/fuzz/fuzz.o $(O)/test/libtools.a
	$(say) FUZZ $<
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(SANITIZE) $(DEPGEN) -MF $@.d $< \
		$(O)/test/fuzz/fuzz.o $(O)/test/libtools.a -o $@ -lm -ldw -lelf -liberty -lpcre2-8 -ledit

fuzz-targets: $(FUZZ)

## fuzz: hostile files and lines, ten minutes a target; ARGS="raw -runs=1000000", ARGS=--quick
fuzz:
	$(Q)$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined O=$(O)/fuzz \
		OPT="-O2 -g -fno-sanitize-coverage=trace-cmp" fuzz-targets
	$(Q)BUILD=$(abspath $(O))/fuzz SRC=$(CURDIR) test/fuzz/run.sh $(ARGS)

## soak: ten minutes of threads, signals, jumps, forks and dlopen at once; the test takes 8 s of it
soak: all
	$(Q)SECONDS_OF_SOAK=600 BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/run.sh test/e2e/test_soak.sh

## check-real: exact counts on real programs from Debian's source packages (network, minutes)
check-real: all
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" test/real/check_real.sh $(ARGS)

## check-servers: redis with and without cprof (network, minutes)
check-servers: all
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) test/real/check_servers.sh

## bench: time added per call, beside two clock readings and uftrace
bench: all
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) CC="$(CC)" bench/bench.sh $(ARGS)

# ---- example ----

DEMO := $(O)/demo/inference-v1 $(O)/demo/inference-v2

$(O)/demo/inference-%: $(wildcard examples/inference/*.[ch]) examples/inference/%/tokenise.c
	$(Q)mkdir -p $(@D)
	$(say) DEMO $@
	$(Q)$(CC) -std=gnu11 -g -O2 -finstrument-functions -Iexamples/inference -Ipreload \
		$(filter %.c,$^) -o $@ -pthread -lm

## demo: profiles version 1 and version 2 of the example service
demo: all $(DEMO)
	$(Q)BUILD=$(abspath $(O)) SRC=$(CURDIR) examples/demo.sh

# ---- installation ----

TO      := $(DESTDIR)$(PREFIX)
MAN     := $(wildcard docs/man/*.[1-8])
HEADERS := preload/cprof.h preload/cprof.f90
BASHDIR := $(TO)/share/bash-completion/completions
ZSHDIR  := $(TO)/share/zsh/site-functions
PCDIR   := $(TO)/lib/pkgconfig

## install: to PREFIX (/usr/local), below DESTDIR where that is set
install: all
	$(Q)install -d $(TO)/bin $(TO)/lib $(TO)/libexec/cprof $(BASHDIR) $(ZSHDIR) $(PCDIR)
	$(Q)install -m 755 $(O)/cprof $(O)/cprof-report $(TO)/bin
	$(Q)install -m 755 $(O)/cprof-symbolize $(TO)/libexec/cprof
	$(Q)install -m 755 $(O)/libcprof.so $(TO)/lib
	$(Q)for page in $(MAN); do install -D -m 644 -t $(TO)/share/man/man$${page##*.} $$page || exit 1; done
	$(Q)install -D -m 644 -t $(TO)/include $(HEADERS)
	$(Q)install -m 644 docs/completion/cprof.bash $(BASHDIR)/cprof
	$(Q)ln -sf cprof $(BASHDIR)/cprof-report
	$(Q)install -m 644 docs/completion/_cprof $(ZSHDIR)
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' preload/cprof.pc.in >$(O)/cprof.pc
	$(Q)install -m 644 $(O)/cprof.pc $(PCDIR)
	$(Q)if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi
	$(Q)echo "installed to $(TO)"

## uninstall: removes what install put there
uninstall:
	rm -f $(TO)/bin/cprof $(TO)/bin/cprof-report $(TO)/lib/libcprof.so $(PCDIR)/cprof.pc
	rm -f $(addprefix $(TO)/include/,$(notdir $(HEADERS)))
	rm -f $(BASHDIR)/cprof $(BASHDIR)/cprof-report $(ZSHDIR)/_cprof
	rm -f $(foreach page,$(notdir $(MAN)),$(TO)/share/man/man$(subst .,,$(suffix $(page)))/$(page))
	rm -f $(TO)/libexec/cprof/cprof-symbolize
	-rmdir $(TO)/libexec/cprof

# ---- everything else ----

# To build: libraries. To test: the compilers that programs are profiled with, python3 and valgrind
# as independent witnesses, and what uses the things that are installed besides.
PACKAGES := gcc libc6-dev libelf-dev libdw-dev libiberty-dev libpcre2-dev libedit-dev libunwind-dev \
	check libsubunit-dev python3 g++ gfortran clang libclang-rt-14-dev lld binutils dwz valgrind file \
	libboost-context-dev mandoc man-db zsh pkg-config pyprof2calltree graphviz \
	btrfs-progs e2fsprogs libjemalloc2 libtcmalloc-minimal4 musl-tools strace

# Besides: to build real programs from source packages, and what bench compares with.
REAL_PACKAGES := build-essential dpkg-dev cmake autoconf automake libtool bison flex m4 gperf ed \
	texinfo zlib1g-dev libjemalloc-dev libonig-dev uftrace util-linux

deps deps-real: as-root = $$([ "$$(id -u)" = 0 ] || echo sudo)
deps deps-real: install = if ! command -v apt-get >/dev/null; then \
		echo "Please install what Debian calls: $1"; exit 0; fi; \
	missing=; for p in $1; do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	echo "installing:$$missing"; \
	$(as-root) apt-get update -qq && \
	$(as-root) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null

## deps: installs what is missing (Debian, Ubuntu); elsewhere names it
deps:
	$(Q)$(call install,$(PACKAGES))

## deps-real: the same for check-real and bench
deps-real: deps
	$(Q)$(call install,$(REAL_PACKAGES))

## format: lays out all C sources (clang-format)
format:
	git ls-files '*.c' '*.h' '*.cpp' | xargs clang-format -i

clean:
	rm -rf $(O)

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /  \1\t/p' Makefile | expand -t 16
	@echo
	@echo "  make deps demo   on a fresh machine: install, build, show it at work"
	@echo "  make deps check  on a fresh machine: install, build, test"
	@echo
	@echo "  CC=clang  SAN=address,undefined  DEBUG=1  V=1 (show commands)  O=DIR (build there)"

-include $(shell find $(O) -name '*.d' 2>/dev/null)
.PHONY: all check coverage fuzz fuzz-targets check-mutants check-kill check-elf check-large soak check-real check-servers bench demo install uninstall deps deps-real format clean help
