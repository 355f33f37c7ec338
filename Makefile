# Targets are the interface:
#
#   make            build/billing.so (.dylib on macOS, .dll on Windows)
#   make demo       the main job, told step by step; leaves a database file to open
#   make test       everything that has a verdict; closes with "N passed, N failed" (COMPAT=1: and compat)
#   make check      the fast subset, for every change
#   make drivers    times as the drivers of other languages send them: Go, R, Node, Java; installs them
#   make soak       the model test for SOAK_SECONDS (600) with long and with brief histories, faults by the
#                   thousand, valgrind, coverage and MUTANTS
#   make fault      failed allocations, failed disk calls, kills: FAULTS of each kind (60; 0: all)
#   make fuzz       coverage-guided fuzzing of five kinds of input, FUZZ_SECONDS (60) each; needs clang
#   make sanitize   unit and SQL tests under the address and undefined behaviour sanitizers
#   make format     lays the C sources out; `make tidy` reads them for mistakes
#   make accept     takes the present output of the SQL tests as right: read the diff before you commit
#   make coverage   what share of lines and branches of each source file the tests run; fails below 90 % of a room
#   make mutate     changes MUTANTS (40) places in the source, one at a time: which does no test notice?
#   make compat     SQL and shell tests with the oldest SQLite and newer ones than the machine's; needs npm
#   make bench      how fast it is beside bare SQLite: BENCH_ROWS=1000000 (docs/performance.md)
#   make bench-growth   grows one quantity at a time: how the cost of work grows with it
#   make bench-instructions, make bench-others   counted by callgrind; beside other ways to do the job
#   make cluster-demo   three nodes of dqlite on loopback, and one that is killed; installs dqlite
#   make test-cluster   CLUSTER_KILLS (50) kills of the leader in CLUSTER_ROWS (50000) rows, and SHARD_KILLS (50)
#   make bench-shards   settles 1,000,000 rows in 1, 2 and 4 shards, two at a time (docs/guides/shards.md)
#   make test-shards-long   the same by processor time, then SHARD_KILLS (50) kills of a settling shard and
#                   SHARD_TRANSFERS (20) of a lot on its way; fails below 1.6 times as fast in 2 shards
#   make report     the pages of DB as one HTML file, OUT; TEAM, SINCE, UNTIL choose (docs/guides/report.md)
#   make report-template   the page without data: once, with npm; who has it needs none
#   make report-live       the same for live pages; LIVE=1 makes report draw one
#   make billing.wasm      SQLite and billing as one WebAssembly program, with emscripten
#   make export     the reading tables of DB as FORMAT (csv, parquet, xlsx, ods, sqlite) in OUT (docs/guides/bi.md);
#                   `make export-tools` gets DuckDB, which writes parquet, from npm
#   make install.sql, make clean
#   make install, make uninstall    below PREFIX (/usr/local), in DESTDIR
#   make amalgamation   the extension as one C file: build/billing.c and build/billing.h
#   make deb, npm, wheel, windows   a package each; make cross: the tests on other processors, by qemu
#   make dist       all packages that this machine can make, and a table of them; make release checks a release
#
# B is the build folder; CC, CFLAGS and SANITIZE=1 make variants: make B=build/clang CC=clang. GNU make only.
# For another system: make B=build/windows CC=x86_64-w64-mingw32-gcc CPPFLAGS=-IFOLDER_OF_SQLITE3EXT_H

B ?= build
CFLAGS ?= -O2 -g
SOAK_SECONDS ?= 600
MUTANTS ?= 40
SEED ?= 1
FAULTS ?= 60
BENCH_ROWS ?= 1000000

VERSION := $(shell cat VERSION)
# What the compiler builds for, not what it runs on: CC=x86_64-w64-mingw32-gcc makes a .dll.
TARGET := $(or $(shell $(CC) -dumpmachine 2>/dev/null),$(shell uname -s | tr A-Z a-z))
# Programs that the build itself runs.
HOST_CC ?= $(if $(filter $(TARGET),$(or $(shell cc -dumpmachine 2>/dev/null),$(TARGET))),$(CC),cc)
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# Apple's own sqlite3 cannot load extensions; Homebrew's can, but is not on the path.
BREW_SQLITE := $(firstword $(wildcard /opt/homebrew/opt/sqlite /usr/local/opt/sqlite))
ifneq ($(BREW_SQLITE),)
export PATH := $(BREW_SQLITE)/bin:$(PATH)
PKG_CONFIG_PATH := $(BREW_SQLITE)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

ifneq ($(findstring darwin,$(TARGET)),)
LIBRARY := $(B)/billing.dylib
else ifneq ($(or $(findstring mingw,$(TARGET)),$(findstring msys,$(TARGET)),$(findstring cygwin,$(TARGET))),)
LIBRARY := $(B)/billing.dll
else
LIBRARY := $(B)/billing.so
NO_UNDEFINED := -Wl,-z,defs
endif

ifdef SANITIZE
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
NO_UNDEFINED :=
endif

# Asked for once, and only when something is compiled: `scripts/need` may have to install the answer.
found = $(shell PKG_CONFIG_PATH='$(PKG_CONFIG_PATH)' pkg-config $(1) 2>/dev/null)
SQLITE_CFLAGS = $(eval SQLITE_CFLAGS := $$(call found,--cflags sqlite3))$(SQLITE_CFLAGS)
CUNIT_CFLAGS = $(eval CUNIT_CFLAGS := $$(call found,--cflags cunit))$(CUNIT_CFLAGS)
CUNIT_LIBS = $(eval CUNIT_LIBS := $$(or $$(call found,--libs cunit),-lcunit))$(CUNIT_LIBS)
SQLITE_LIBS = $(eval SQLITE_LIBS := $$(or $$(call found,--libs sqlite3),-lsqlite3))$(SQLITE_LIBS)

# Compares each group that is kept open between statements with a fresh load: make B=build/groups DEBUG_GROUPS=1
ifdef DEBUG_GROUPS
CPPFLAGS += -DBILLING_CHECK_GROUPS
endif

STRICT := -std=c11 -Wall -Wextra -Werror
# The x87 unit of old 32-bit processors rounds twice: doubles would differ in their last bit.
ROUNDING := $(if $(filter i386-% i486-% i586-% i686-%,$(TARGET)),-msse2 -mfpmath=sse)
FLAGS = $(STRICT) $(ROUNDING) -fPIC -fvisibility=hidden -Iext -I$(B) $(CPPFLAGS) $(CFLAGS)

CORE := $(sort $(wildcard ext/core/*.c))
SOURCES := $(CORE) $(sort $(filter-out $(CORE),$(wildcard ext/*.c ext/*/*.c)))
TESTS := $(sort $(wildcard tests/unit/test_*.c))
HEADERS := $(wildcard ext/*.h ext/*/*.h tests/unit/*.h)
C_FILES := $(SOURCES) $(TESTS) tests/unit/main.c

DESCRIPTION := ext/facts/description.c ext/facts/description.h ext/facts/facts.def ext/core/units.h

object = $(patsubst %.c,$(B)/obj/%.o,$(1))

# The script is put together in this order of folders, by file name inside each.
# The triggers of the fact tables are printed (ext/facts/facts.def).
sql_parts = $(foreach folder,$(1),$(sort $(wildcard sql/$(folder)/*.sql)))
SQL_PARTS := $(call sql_parts,tables derived catalogue doors) $(B)/sql/facts.sql $(call sql_parts,triggers views)

.PHONY: report-live export export-tools billing.wasm all unit demo test check drivers soak sanitize format tidy accept \
  coverage mutate compat install.sql clean format-check report report-template fault fuzz bench bench-ready bench-growth \
  bench-instructions bench-others cluster cluster-demo test-cluster bench-shards test-shards-long
.DELETE_ON_ERROR:

all: $(LIBRARY)

# ---- the extension ----

$(LIBRARY): $(call object,$(SOURCES)) | install.sql
	@echo "  link   $@"
	@$(CC) -shared $(NO_UNDEFINED) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# core/ is built without the flags that find sqlite3.h: it must not need them.
$(B)/obj/ext/core/%.o: ext/core/%.c Makefile | build/.need-build
	@$(compile)

$(B)/obj/ext/%.o: ext/%.c VERSION Makefile | $(B)/install_sql.h $(B)/upgrade_sql.h $(B)/help_rows.h \
  build/.need-build
	@$(compile) -DBILLING_VERSION='"$(VERSION)"' $(SQLITE_CFLAGS)

define compile
echo "  cc     $<"; mkdir -p $(@D); $(CC) -c -MMD -MP -o $@ $< $(FLAGS)
endef

# ---- the script that billing_install() runs ----

$(B)/schema.sql: $(SQL_PARTS) Makefile scripts/join_sql
	@mkdir -p $(@D)
	@scripts/join_sql $(SQL_PARTS) >$@

$(B)/sql/%.sql: $(B)/trigger_text
	@mkdir -p $(@D)
	@$< >$@

# Runs on the machine that builds.
$(B)/trigger_text: scripts/trigger_text.c $(DESCRIPTION) Makefile | build/.need-build
	@mkdir -p $(@D)
	@$(HOST_CC) $(STRICT) -Iext -o $@ $(filter %.c,$^)

# One script for each step up from an older schema: sql/upgrade/4--5.sql becomes billing_upgrade_4_5.
UPGRADES := $(sort $(wildcard sql/upgrade/*.sql))

$(B)/upgrade_sql.h: $(UPGRADES) scripts/embed Makefile
	@mkdir -p $(@D)
	@for file in $(UPGRADES); do \
	  name=$$(basename $$file .sql | sed 's/--/_/'); \
	  scripts/embed billing_upgrade_$$name <$$file; \
	done >$@

# Beside the whole script: its tables alone, and what puts back lost parts without touching facts.
TABLE_PARTS := $(call sql_parts,tables derived)
CODE_PARTS := $(filter-out $(TABLE_PARTS) $(call sql_parts,catalogue),$(SQL_PARTS))

$(B)/install_sql.h: $(B)/schema.sql $(TABLE_PARTS) $(CODE_PARTS) scripts/embed
	@{ scripts/embed billing_install_sql <$<; \
	   cat $(TABLE_PARTS) | scripts/embed billing_tables_sql; \
	   cat $(CODE_PARTS) | scripts/embed billing_code_sql; } >$@

# What billing_help() says is what the reference says.
$(B)/help_rows.h: docs/reference.md scripts/help_rows Makefile
	@mkdir -p $(@D)
	@scripts/help_rows <$< >$@

# For `.read`: the same in a savepoint, all of it or nothing, inside a transaction or not. The function
# has one of its own.
$(B)/install.sql: $(B)/schema.sql
	@{ echo '-- Installs billing into the main database, as SELECT billing_install() does.'; \
	   echo '-- Put together by make from the files named below: change those, not this one.'; \
	   printf '\nSAVEPOINT billing_install_script;\n'; cat $<; \
	   printf '\nRELEASE billing_install_script;\n'; } >$@

# The committed copy follows, except in CI: there a stale one has to show (`make check` compares).
install.sql: $(B)/install.sql
	@[ -n "$$CI" ] || cmp -s $< sql/install.sql || cp $< sql/install.sql

# ---- unit tests: ext/core and CUnit, nothing else ----

unit: $(B)/unit

$(B)/unit: $(call object,$(CORE) $(TESTS) tests/unit/main.c)
	@echo "  link   $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CUNIT_LIBS) -lm

# A test names the fields it cares about; the others are zero.
$(B)/obj/tests/unit/%.o: tests/unit/%.c Makefile | $(B)/unit_suites.h build/.need-test
	@$(compile) -Wno-missing-field-initializers -Itests/unit $(CUNIT_CFLAGS)

$(B)/unit_suites.h: $(TESTS) scripts/list_suites
	@mkdir -p $(@D)
	@scripts/list_suites $(TESTS) >$@

# ---- benchmark: a program beside the extension; tests do not time anything ----

BENCH := $(sort $(filter-out tests/bench/empty.c,$(wildcard tests/bench/*.c)))
BENCH_VERSION = $(shell git describe --always --dirty 2>/dev/null || cat VERSION)
BENCH_RUN = $(B)/bench/bench --folder $(B)/bench --extension $(B)/bench/billing \
  --empty $(B)/bench/empty --version '$(BENCH_VERSION)'

$(B)/bench/bench: $(BENCH) tests/bench/bench.h Makefile | build/.need-build
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CC) $(STRICT) -O2 -g $(SQLITE_CFLAGS) -o $@ $(BENCH) \
	  $(or $(call found,--libs sqlite3),-lsqlite3) -lm

$(B)/bench/empty$(suffix $(LIBRARY)): tests/bench/empty.c Makefile | build/.need-build
	@mkdir -p $(@D)
	@$(CC) $(STRICT) -fPIC -fvisibility=hidden -shared $(SQLITE_CFLAGS) -o $@ $<

# A copy of its own: a build meanwhile does not change what is measured.
bench-ready: $(LIBRARY) $(B)/bench/bench $(B)/bench/empty$(suffix $(LIBRARY))
	@cp $(LIBRARY) $(B)/bench/

bench: bench-ready
	@$(BENCH_RUN) --rows $(BENCH_ROWS)

bench-growth: $(LIBRARY)
	@$(or $(PYTHON),/usr/bin/python3) tests/bench/growth.py --extension $(basename $(LIBRARY))

bench-instructions: bench-ready
	@tests/bench/instructions.sh $(BENCH_RUN)

bench-others: bench-ready
	@tests/bench/others/run.py --bench "$(BENCH_RUN)"

# ---- fault tests: a program that loads the extension, and lets allocations and disk calls fail ----

$(B)/fault: $(sort $(wildcard tests/fault/*.c)) tests/fault/fault.h Makefile | build/.need-build
	@echo "  link   $@"
	@mkdir -p $(@D)
	@$(CC) $(STRICT) $(CFLAGS) $(CPPFLAGS) $(SQLITE_CFLAGS) -o $@ $(filter %.c,$^) $(LDFLAGS) $(SQLITE_LIBS)

fault: $(LIBRARY) $(B)/fault
	@$(B)/fault --extension $(B)/billing --folder $(B) --faults $(FAULTS)

# ---- coverage-guided fuzzing: the extension inside a program of libFuzzer's, under the sanitizers ----

FUZZERS := times functions facts sql file
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all

build/fuzz/fuzz: FORCE
	@$(MAKE) --no-print-directory B=build/fuzz CC=clang CFLAGS='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined' \
	  build/fuzz/program

$(B)/program: $(call object,$(SOURCES)) tests/fuzz/fuzz.c
	@echo "  link   build/fuzz/fuzz"
	@$(CC) $(STRICT) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined $(SQLITE_CFLAGS) -o build/fuzz/fuzz $^ $(SQLITE_LIBS)
	@touch $@

# What finds new ways through the code goes to build/fuzz/corpus; tests/fuzz/corpus is where it starts.
fuzz: build/fuzz/fuzz
	@for name in $(FUZZERS); do mkdir -p build/fuzz/corpus/$$name build/fuzz/found; echo "  fuzz   $$name, $(FUZZ_SECONDS) s"; \
	  FUZZ=$$name build/fuzz/fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=60 -rss_limit_mb=4096 -max_len=400 -print_final_stats=1 \
	  -artifact_prefix=build/fuzz/found/$$name- -dict=tests/fuzz/words build/fuzz/corpus/$$name tests/fuzz/corpus/$$name \
	  >build/fuzz/$$name.log 2>&1 || { tail -n 40 build/fuzz/$$name.log; exit 1; }; \
	  grep -E 'stat::number_of_executed_units|^#.*DONE' build/fuzz/$$name.log; done

FORCE:

# ---- the report: a template with all libraries in it; report/billing-report adds the data ----

REPORT_PARTS := $(wildcard report/*.js report/page.* report/*.svg report/charts/*.json report/labels/*.json)
OUT ?= report.html

report-template: $(B)/report-template.html

$(B)/report-template.html: $(REPORT_PARTS) report/node_modules/.package-lock.json
	@echo "  page   $@"
	@mkdir -p $(@D)
	@node report/make_template.js $@

report/node_modules/.package-lock.json: report/package-lock.json | build/.need-report
	@echo "  npm    report/node_modules"
	@cd report && npm ci --silent --no-fund --no-audit
	@touch $@

report-live: $(B)/report-live.html

$(B)/report-live.html: $(REPORT_PARTS) report/report.sql report/live/live.js $(B)/billing.wasm report/node_modules/.package-lock.json
	@echo "  page   $@"
	@node report/make_template.js $@ $(B)/billing.wasm

report: $(LIBRARY) $(B)/report-$(if $(LIVE),live,template).html
	@[ -n "$(DB)" ] || { echo "no database is named, write make report DB=FILE" >&2; exit 1; }
	@BILLING_REPORT=$(B) BILLING_EXTENSION=$(basename $(LIBRARY)) report/billing-report '$(DB)' --out '$(OUT)' \
	  $(if $(TEAM),--team '$(TEAM)') $(if $(SINCE),--since '$(SINCE)') $(if $(UNTIL),--until '$(UNTIL)') \
	  $(if $(LIVE),--live)

# ---- the reading tables as files of other tools ----

FORMAT ?= csv

export: $(LIBRARY)
	@[ -n "$(DB)" ] || { echo "no database is named, write make export DB=FILE FORMAT=$(FORMAT)" >&2; exit 1; }
	@BILLING_EXTENSION=$(basename $(LIBRARY)) report/billing-export '$(DB)' --format '$(FORMAT)' \
	  $(if $(filter file command,$(origin OUT)),$(if $(filter report.html,$(OUT)),,--out '$(OUT)'))

export-tools: build/export/node_modules/@duckdb/node-api

# The version that the benchmark compares with.
build/export/node_modules/@duckdb/node-api: | build/.need-report
	@echo "  npm    $@"
	@mkdir -p build/export
	@npm install --prefix build/export --silent --no-fund --no-audit @duckdb/node-api@1.5.6-r.1

# ---- SQLite and billing as one WebAssembly program: report/live/live.c says what it answers ----

# No files, threads or network below it; everything is in memory.
WASM_SQLITE := build/compat/newest
WASM_FLAGS := -Oz -DSQLITE_CORE -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 -DSQLITE_TEMP_STORE=3 \
  -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL -DSQLITE_OMIT_LOCALTIME \
  -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_ENABLE_MATH_FUNCTIONS
WASM_FACE := _live_room,_live_free,_live_open,_live_run,_live_error
WASM_OBJECTS := $(patsubst %.c,$(B)/wasm/%.o,$(SOURCES) report/live/live.c) $(B)/wasm/sqlite3.o

billing.wasm: $(B)/billing.wasm

$(B)/billing.wasm: $(WASM_OBJECTS)
	@echo "  link   $@"
	@emcc $(WASM_FLAGS) --no-entry -s STANDALONE_WASM -s ALLOW_MEMORY_GROWTH -s ERROR_ON_UNDEFINED_SYMBOLS=0 \
	  -s WARN_ON_UNDEFINED_SYMBOLS=0 -s EXPORTED_FUNCTIONS=$(WASM_FACE) \
	  -o $@ $^

$(B)/wasm/%.o: %.c VERSION Makefile $(WASM_SQLITE)/sqlite3.c | $(B)/install_sql.h $(B)/upgrade_sql.h \
  $(B)/help_rows.h build/.need-wasm
	@echo "  emcc   $<"; mkdir -p $(@D)
	@emcc $(STRICT) $(WASM_FLAGS) -MMD -MP -Iext -I$(B) -I$(WASM_SQLITE) -DBILLING_VERSION='"$(VERSION)"' \
	  -c -o $@ $<

$(B)/wasm/sqlite3.o: $(WASM_SQLITE)/sqlite3.c Makefile | build/.need-wasm
	@echo "  emcc   $<"; mkdir -p $(@D)
	@emcc $(WASM_FLAGS) -w -c -o $@ $<

$(WASM_SQLITE)/sqlite3.c: scripts/get_sqlite | build/.need-report
	@scripts/get_sqlite newest source
	@touch $@

# ---- replicas: a node in C, a client in Go with Canonical's driver; tests/run.sh skips them without dqlite ----

CLUSTER_KILLS ?= 50
CLUSTER_ROWS ?= 50000
SHARD_KILLS ?= 50
SHARD_TRANSFERS ?= 20

cluster: build/cluster/node build/cluster/client

# dqlite.h needs types that strict C11 hides.
build/cluster/node: samples/cluster/node.c Makefile | build/.need-cluster
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CC) $(STRICT) -D_GNU_SOURCE -O2 -g -o $@ $< -ldqlite $(or $(call found,--libs sqlite3),-lsqlite3) -ldl

# Debian's Go packages are a tree of sources.
build/cluster/client: samples/cluster/client.go Makefile | build/.need-cluster
	@mkdir -p $(@D)
	@echo "  go     $@"
	@GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$(abspath build/cluster/go-cache) \
	  go build -tags libsqlite3 -o $@ $<

# Needs an SQLite with the session extension, which Debian's has.
build/standby/standby: samples/standby/standby.c Makefile | build/.need-build
	@mkdir -p $(@D)
	@echo "  link   $@"
	@$(CC) $(STRICT) -O2 -g -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK $(SQLITE_CFLAGS) -o $@ $< \
	  $(or $(call found,--libs sqlite3),-lsqlite3)

cluster-demo: $(LIBRARY) cluster
	@samples/cluster/demo.sh

test-cluster: $(LIBRARY) cluster
	@CLUSTER_KILLS=$(CLUSTER_KILLS) CLUSTER_ROWS=$(CLUSTER_ROWS) SHARD_KILLS=$(SHARD_KILLS) tests/run.sh cluster

bench-shards: $(LIBRARY)
	@tests/cluster/bench_shards.py --rows $(BENCH_ROWS) --jobs 2

test-shards-long: $(LIBRARY)
	@tests/cluster/bench_shards.py --rows $(BENCH_ROWS) --jobs 1 --least 1.6 --kills $(SHARD_KILLS) \
	  --transfers $(SHARD_TRANSFERS)

# ---- drivers of other languages ----

drivers: build/.need-drivers+java build/drivers/node_modules/better-sqlite3

# Compiled for minutes where npm finds no binary of it.
build/drivers/node_modules/better-sqlite3: | build/.need-report
	@echo "  npm    $@"
	@mkdir -p build/drivers
	@npm install --prefix build/drivers --silent --no-fund --no-audit better-sqlite3@12.11.1

# ---- verdicts ----

demo: build/.need-demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@samples/demo.sh
	@if [ -e $(B)/report-template.html ] || \
	  { command -v npm >/dev/null 2>&1 && $(MAKE) --no-print-directory -s report-template; }; then \
	  printf '\nThe pictures of it: '; \
	  $(MAKE) --no-print-directory -s report DB=build/demo.db OUT=build/demo.html; \
	else printf '\nFor pictures of it, with npm: make report DB=build/demo.db OUT=build/demo.html\n'; fi

test check soak sanitize compat drivers: build/.need-build+test
	@CC='$(CC)' JOBS='$(JOBS)' SOAK_SECONDS='$(SOAK_SECONDS)' MUTANTS='$(MUTANTS)' COMPAT='$(COMPAT)' tests/run.sh $@

accept: build/.need-test all
	@tests/sql/run.sh --accept

coverage: build/.need-test+coverage
	@tests/coverage.sh

mutate: build/.need-test
	@tests/mutate.py --mutants $(MUTANTS) --seed $(SEED)

# Programs beside the extension.
OTHER_C := $(wildcard scripts/*.c samples/*/*.c tests/bench/*.[ch] tests/fault/*.[ch] tests/fuzz/*.c report/live/*.c)

format:
	clang-format -i $(C_FILES) $(HEADERS) $(OTHER_C)

tidy: $(B)/install_sql.h $(B)/upgrade_sql.h $(B)/help_rows.h $(B)/unit_suites.h
	@printf '%s\n' $(C_FILES) $(wildcard scripts/*.c tests/bench/*.c tests/fault/*.c tests/fuzz/*.c) | xargs -n 1 -P $(JOBS) scripts/tidy -std=c11 \
	  -Iext -I$(B) -Itests/unit -Itests/bench -Itests/fault -DBILLING_VERSION='"$(VERSION)"' $(SQLITE_CFLAGS) $(CUNIT_CFLAGS) --

# For tests/run.sh: fails where `make format` would change something, and names the files.
format-check:
	@scripts/format_check $(C_FILES) $(HEADERS) $(OTHER_C)

# Looks for what the machine lacks and installs it, or stops with the line to type: one line for all steps that
# are joined by +.
build/.need-%: scripts/need
	@scripts/need $(subst +, ,$*)
	@mkdir -p build
	@touch $@

clean:
	rm -rf build

include packaging/packages.mk

-include $(patsubst %.o,%.d,$(call object,$(C_FILES)) $(WASM_OBJECTS))
