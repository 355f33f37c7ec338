# Packages: what leaves this tree. Included by the Makefile; packaging/README.md says what each is.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/billing
MANDIR ?= $(PREFIX)/share/man
INSTALL ?= install
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

.PHONY: amalgamation static man install uninstall windows cross deb npm wheel dist release

# ---- one C file ----

amalgamation: $(B)/billing.c

# billing.h comes with it.
$(B)/billing.c: scripts/amalgamate $(SOURCES) $(HEADERS) ext/facts/facts.def VERSION \
  $(B)/install_sql.h $(B)/upgrade_sql.h $(B)/help_rows.h | build/.need-amalgamation
	@echo "  one    $@"
	@$(PYTHON) scripts/amalgamate --version '$(VERSION)' --generated $(B) --out $(B) $(SOURCES)

# For programs that link it in: the same file, compiled as a part of SQLite.
static: $(B)/libbilling.a

$(B)/obj/billing_core.o: $(B)/billing.c | build/.need-build
	@echo "  cc     $<"
	@$(CC) -c -o $@ $< $(STRICT) -fPIC -DSQLITE_CORE $(CPPFLAGS) $(CFLAGS) $(SQLITE_CFLAGS)

$(B)/libbilling.a: $(B)/obj/billing_core.o
	@rm -f $@
	@$(AR) rcs $@ $<

# ---- manual pages ----

MAN_PAGES := $(B)/man/billing.3 $(B)/man/billing-report.1

man: $(MAN_PAGES)

$(B)/man/billing.3: packaging/man/billing.3 $(B)/help_rows.h packaging/man_names VERSION
	@mkdir -p $(@D)
	@packaging/man_names <$(B)/help_rows.h >$@.names
	@sed -e '/@NAMES@/{r $@.names' -e 'd;}' -e 's/@VERSION@/$(VERSION)/' $< >$@
	@rm -f $@.names

$(B)/man/%: packaging/man/% VERSION
	@mkdir -p $(@D)
	@sed 's/@VERSION@/$(VERSION)/' $< >$@

# ---- make install: the extension, what links it in, manual pages; the report, if its page was made ----

# Who moves the tree says so by one variable: pkg-config --define-variable=prefix=FOLDER
below_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

$(B)/billing.pc: packaging/billing.pc.in VERSION Makefile packaging/packages.mk FORCE
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(call below_prefix,$(INCLUDEDIR))|' \
	  -e 's|@VERSION@|$(VERSION)|' $< >$@

.PHONY: FORCE

NAME := $(notdir $(LIBRARY))
TEMPLATE = $(wildcard $(B)/report-template.html)

# `.load mod_billing` looks where the system looks for libraries, `billing` has to be found by its path.
install: $(LIBRARY) $(B)/libbilling.a $(B)/billing.pc $(MAN_PAGES)
	@$(INSTALL) -d '$(DESTDIR)$(LIBDIR)/sqlite3' '$(DESTDIR)$(LIBDIR)/pkgconfig' \
	  '$(DESTDIR)$(INCLUDEDIR)' '$(DESTDIR)$(MANDIR)/man3'
	@$(INSTALL) -m 644 $(LIBRARY) '$(DESTDIR)$(LIBDIR)/sqlite3/$(NAME)'
	@ln -sf sqlite3/$(NAME) '$(DESTDIR)$(LIBDIR)/mod_$(NAME)'
	@$(INSTALL) -m 644 $(B)/libbilling.a '$(DESTDIR)$(LIBDIR)/libbilling.a'
	@$(INSTALL) -m 644 $(B)/billing.pc '$(DESTDIR)$(LIBDIR)/pkgconfig/billing.pc'
	@$(INSTALL) -m 644 $(B)/billing.h '$(DESTDIR)$(INCLUDEDIR)/billing.h'
	@$(INSTALL) -m 644 $(B)/man/billing.3 '$(DESTDIR)$(MANDIR)/man3/billing.3'
	@echo "the extension: $(LIBDIR)/sqlite3/$(NAME); type: .load $(LIBDIR)/sqlite3/billing"
ifneq ($(TEMPLATE),)
	@$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(DATADIR)' '$(DESTDIR)$(MANDIR)/man1'
	@$(INSTALL) -m 755 report/billing-report '$(DESTDIR)$(BINDIR)/billing-report'
	@$(INSTALL) -m 644 report/report.sql $(TEMPLATE) $(wildcard $(B)/report-live.html) \
	  '$(DESTDIR)$(DATADIR)'
	@$(INSTALL) -m 644 $(B)/man/billing-report.1 '$(DESTDIR)$(MANDIR)/man1/billing-report.1'
else
	@echo "billing-report is left out: its page was not made, run make report-template first (needs npm)"
endif

uninstall:
	@rm -f '$(DESTDIR)$(LIBDIR)/sqlite3/$(NAME)' '$(DESTDIR)$(LIBDIR)/mod_$(NAME)' \
	  '$(DESTDIR)$(LIBDIR)/libbilling.a' '$(DESTDIR)$(LIBDIR)/pkgconfig/billing.pc' \
	  '$(DESTDIR)$(INCLUDEDIR)/billing.h' '$(DESTDIR)$(MANDIR)/man3/billing.3' \
	  '$(DESTDIR)$(BINDIR)/billing-report' '$(DESTDIR)$(MANDIR)/man1/billing-report.1' \
	  '$(DESTDIR)$(DATADIR)/report.sql' '$(DESTDIR)$(DATADIR)/report-template.html' \
	  '$(DESTDIR)$(DATADIR)/report-live.html'
	@[ ! -d '$(DESTDIR)$(DATADIR)' ] || rmdir '$(DESTDIR)$(DATADIR)' 2>/dev/null || :

# ---- other systems, and packages of package managers; each is a script that says how it is called ----

windows cross deb npm wheel dist release:
	@MAKE='$(MAKE)' packaging/make-$@
