# git gitops: build, check and install. INSTALL explains the targets.
# Settings of your own (CC, CFLAGS, prefix, ...) belong into config.mak.

all:

prefix = /usr/local
bindir = $(prefix)/bin
libexecdir = $(prefix)/libexec/git-gitops
sharedir = $(prefix)/share
datadir = $(sharedir)/git-gitops
mandir = $(sharedir)/man

CC = cc
CFLAGS = -O2 -g
ASCIIDOCTOR = asciidoctor
CLANG_FORMAT = clang-format
INSTALL = install
PYTHON = python3
# Tests wait more than they compute: more of them run than there are processors.
JOBS := $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2) + 1)))
SANITIZE =

-include config.mak

# A sanitizer build has its own directory, so that both can stand side by side.
comma = ,
sanitizers = $(subst $(comma), ,$(SANITIZE))
BUILD = build$(if $(SANITIZE),-$(if $(filter address,$(sanitizers)),asan,$(subst $(comma),-,$(SANITIZE))))
VENV = build/venv

PACKAGES = libgit2 libcurl yajl libssh2 libcrypto libpcre2-8 zlib
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
ALL_CPPFLAGS = -D_GNU_SOURCE -Ilib -I$(BUILD)/include $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=c11 -pthread $(WARNINGS) -fstack-protector-strong $(CFLAGS)
ALL_LDFLAGS = -Wl,--as-needed $(LDFLAGS)
ifneq ($(SANITIZE),)
ALL_CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
ALL_LDFLAGS += -fsanitize=$(SANITIZE)
# gcc's shared libubsan writes past log_path when libasan is there, too.
ifeq ($(findstring clang,$(CC)),)
ALL_LDFLAGS += $(if $(filter address,$(sanitizers)),-static-libasan) \
	$(if $(filter undefined,$(sanitizers)),-static-libubsan)
endif
endif

LIB = $(BUILD)/libgitops.a
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
lib_obj := $(call obj,$(sort $(wildcard lib/*/*.c)))
command_obj := $(call obj,$(sort $(wildcard git-gitops/*.c)))
helper_obj := $(call obj,$(sort $(wildcard t/helper/*.c)))
hooks := $(patsubst hooks/%.c,$(BUILD)/libexec/git-gitops/%,$(wildcard hooks/*.c))
units := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(wildcard t/unit/u-*.c))
fuzzers := $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard t/fuzz/fuzz-*.c))
replays := $(fuzzers:$(BUILD)/fuzz/%=$(BUILD)/replay/%)
programs := $(if $(command_obj),$(BUILD)/bin/git-gitops) \
	$(if $(helper_obj),$(BUILD)/bin/test-tool) $(hooks)
man1 := $(patsubst Documentation/%.adoc,$(BUILD)/share/man/man1/%.1,\
	$(wildcard Documentation/git-gitops.adoc $(filter-out Documentation/git-gitops-config.adoc,\
	$(wildcard Documentation/git-gitops-*.adoc))))
man5 := $(patsubst Documentation/%.adoc,$(BUILD)/share/man/man5/%.5,\
	$(wildcard Documentation/git-gitops-config.adoc Documentation/gitops-*.adoc))
c_files := $(sort $(wildcard $(addsuffix /*.[ch],lib/* git-gitops hooks t/helper t/unit t/fuzz)))

ifeq ($(V),)
say = @echo "  $(1) $(patsubst $(BUILD)/%,%,$@)";
endif

all: $(programs) $(LIB)

# What pkg-config says is asked once, after the set-up step has seen to it
# that there is something to ask.
$(BUILD)/packages.mk: share/setup.sh Makefile
	@mkdir -p $(@D)
	@share/setup.sh build
	@echo "PKG_CFLAGS = $$(pkg-config --cflags $(PACKAGES))" >$@+
	@echo "PKG_LIBS = $$(pkg-config --libs $(PACKAGES))" >>$@+
	@mv $@+ $@

ifneq ($(filter-out clean uninstall,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/packages.mk
endif

# Everything compiled depends on the flags it was compiled with.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@flags='$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(PKG_LIBS)'; \
	echo "$$flags" | cmp -s - $@ || echo "$$flags" >$@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC  )$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The list of members is remembered, or a deleted source would live on here.
$(BUILD)/lib-members: FORCE
	@mkdir -p $(@D)
	@echo '$(lib_obj)' | cmp -s - $@ || echo '$(lib_obj)' >$@

$(LIB): $(lib_obj) $(BUILD)/lib-members
	@mkdir -p $(@D)
	$(call say,AR  )rm -f $@ && $(AR) rcs $@ $(lib_obj)

link = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(PKG_LIBS) -lm

$(BUILD)/bin/git-gitops: $(command_obj) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link)

# One of the commands, the worker, is run with another clock.
$(BUILD)/bin/test-tool: $(helper_obj) $(filter-out %/main.o,$(command_obj)) $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link)

$(BUILD)/libexec/git-gitops/%: $(BUILD)/obj/hooks/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link)

$(BUILD)/unit/%: $(BUILD)/obj/t/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link)

$(BUILD)/fuzz/%: $(BUILD)/obj/t/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link) -fsanitize=fuzzer

# The same entry points with a driver that replays files, for any compiler.
$(BUILD)/replay/%: $(BUILD)/obj/t/fuzz/%.o $(BUILD)/obj/t/fuzz/replay.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK)$(link)

-include $(patsubst %.o,%.d,$(lib_obj) $(command_obj) $(helper_obj) \
	$(call obj,$(wildcard hooks/*.c t/unit/*.c t/fuzz/*.c)))
.SECONDARY:

units: $(units) $(replays)

# Fuzzers want clang: one build directory of their own, run by hand.
fuzz:
	$(MAKE) CC=clang SANITIZE=fuzzer-no-link,address,undefined BUILD=build-fuzz fuzzers
fuzzers: $(fuzzers)

# --- documentation ---------------------------------------------------------

doc: $(man1) $(man5)

$(BUILD)/.setup-doc $(BUILD)/.setup-check: $(BUILD)/.setup-%: share/setup.sh
	@mkdir -p $(@D)
	@share/setup.sh $* && touch $@

man = $(ASCIIDOCTOR) -b manpage -a manmanual='Git Gitops Manual' \
	-a mansource='git gitops' --failure-level=WARN -o $@ $<

$(BUILD)/share/man/man1/%.1: Documentation/%.adoc $(BUILD)/.setup-doc
	@mkdir -p $(@D)
	$(call say,MAN )$(man)

$(BUILD)/share/man/man5/%.5: Documentation/%.adoc $(BUILD)/.setup-doc
	@mkdir -p $(@D)
	$(call say,MAN )$(man)

# --- checks ----------------------------------------------------------------

$(VENV)/.installed: $(wildcard share/sandbox/requirements.txt) $(BUILD)/.setup-check
	@echo "  VENV $(VENV)"
	@rm -rf $(VENV) && mkdir -p $(@D)
	@$(PYTHON) -m venv $(VENV)
	@$(if $(wildcard share/sandbox/requirements.txt),$(VENV)/bin/python -m pip install \
		--quiet --disable-pip-version-check -r share/sandbox/requirements.txt)
	@touch $@

venv: $(VENV)/.installed

sanitized:
	@$(MAKE) SANITIZE=address,undefined BUILD=build-asan all units

# One run of prove over everything: the shell tests use the sanitized
# programs, the units run in both builds. What takes minutes begins first,
# or one script would be left to run alone in the end.
TESTS = t545*.sh t5*.sh t9300*.sh t[0-46-9]*.sh
check: all units doc venv sanitized
	@cd t && GITOPS_BUILD=build-asan GITOPS_MAKEOVERRIDES='$(MAKEOVERRIDES)' prove -j$(JOBS) --timer --failures -e '' \
		$$(printf '%s\n' $(addprefix ./,$(TESTS)) | awk '!seen[$$0]++') \
		../build-asan/unit/u-* ../$(BUILD)/unit/u-*

lint: all doc $(BUILD)/.setup-check
	@cd t && prove -j$(JOBS) -e '' ./t90*.sh

# A reference for p1000, of fixed versions; without cargo it is left out, and that is said.
minijinja:
	@if command -v cargo >/dev/null; \
	then \
		cargo build -q --release --locked --manifest-path t/perf/minijinja/Cargo.toml \
			--target-dir build/minijinja; \
	else \
		echo "cargo is not there: nothing is compared with minijinja"; \
	fi

# Another reference, for p5000.
PERF_VENV = build/perf-venv
$(PERF_VENV)/.installed: t/perf/requirements.txt $(BUILD)/.setup-check
	@echo "  VENV $(PERF_VENV)"
	@rm -rf $(PERF_VENV) && mkdir -p $(@D)
	@$(PYTHON) -m venv $(PERF_VENV)
	@$(PERF_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r t/perf/requirements.txt
	@touch $@

perf: all venv $(PERF_VENV)/.installed minijinja
	@cd t/perf && for p in p[0-9]*.sh; do echo "== $$p" && ./$$p || exit 1; done

demo: all venv
	@share/demo/run

format:
	$(CLANG_FORMAT) -i $(c_files)

# --- installation ----------------------------------------------------------

# Files under share/ are installed with their paths, found by git where the
# tree is a checkout, so that what lies around in it is left alone.
share_files = $(shell git ls-files share/sandbox share/demo 2>/dev/null || \
	find share/sandbox share/demo -type f ! -path '*__pycache__*')
dest = $(DESTDIR)$(1)

install: all doc
	$(INSTALL) -d '$(call dest,$(bindir))' '$(call dest,$(libexecdir))'
	$(INSTALL) $(BUILD)/bin/git-gitops '$(call dest,$(bindir))'
	$(if $(hooks),$(INSTALL) $(hooks) '$(call dest,$(libexecdir))')
	$(foreach f,$(share_files),$(INSTALL) -D -m $(if $(shell test -x $(f) && echo x),755,644) \
		$(f) '$(call dest,$(datadir)/$(f:share/%=%))' &&) :
	$(if $(man1),$(INSTALL) -D -m 644 -t '$(call dest,$(mandir)/man1)' $(man1))
	$(if $(man5),$(INSTALL) -D -m 644 -t '$(call dest,$(mandir)/man5)' $(man5))
	$(foreach f,$(wildcard share/systemd/*),\
		$(INSTALL) -D -m 644 $(f) '$(call dest,$(datadir)/$(f:share/%=%))' &&) :
	$(if $(wildcard share/completions/git-gitops.bash),$(INSTALL) -D -m 644 \
		share/completions/git-gitops.bash \
		'$(call dest,$(sharedir)/bash-completion/completions/git-gitops)')
	$(if $(wildcard share/completions/_git-gitops),$(INSTALL) -D -m 644 \
		share/completions/_git-gitops '$(call dest,$(sharedir)/zsh/site-functions/_git-gitops)')

uninstall:
	rm -f '$(call dest,$(bindir))/git-gitops' \
		$(foreach m,$(man1),'$(call dest,$(mandir)/man1)/$(notdir $(m))') \
		$(foreach m,$(man5),'$(call dest,$(mandir)/man5)/$(notdir $(m))') \
		'$(call dest,$(sharedir)/bash-completion/completions/git-gitops)' \
		'$(call dest,$(sharedir)/zsh/site-functions/_git-gitops)'
	rm -rf '$(call dest,$(libexecdir))' '$(call dest,$(datadir))'

clean:
	rm -rf build build-*

.PHONY: all units minijinja fuzz fuzzers doc venv sanitized check lint perf demo format install uninstall \
	clean FORCE
