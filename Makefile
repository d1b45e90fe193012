# cprof. `make help` says what there is to make.

O       ?= build
CC      ?= gcc
PREFIX  ?= /usr/local
DESTDIR ?=

OPT := -O2 -g
ifdef DEBUG
OPT := -O0 -g3 -DCPROF_DEBUG
endif
ifdef SAN
OPT += -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifndef V
Q := @
endif

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
CPPFLAGS += -D_GNU_SOURCE -I.
CFLAGS   += -std=gnu11 $(OPT) $(WARN)

.DEFAULT_GOAL := all

FORMAT    := $(patsubst %.c,$(O)/%.o,$(wildcard format/*.c))
SYMBOLIZE := $(patsubst %.c,$(O)/%.o,$(wildcard symbolize/*.c)) $(FORMAT)
REPORT    := $(patsubst %.c,$(O)/%.o,$(wildcard report/*.c)) $(FORMAT)

all: $(O)/cprof-symbolize $(O)/cprof-report

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@[ -n "$V" ] || echo "  CC  $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/cprof-symbolize: $(SYMBOLIZE)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -ldw -lelf -liberty

$(O)/cprof-report: $(REPORT)
	$(Q)$(CC) $(CFLAGS) $^ -o $@ -lpcre2-8

clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
.PHONY: all clean
